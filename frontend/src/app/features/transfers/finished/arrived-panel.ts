import { Component, computed, inject, input } from '@angular/core';
import { formatBytes, formatCount } from '../../../core/formats';
import { Installation } from '../../../core/installation';
import { Transfer } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';
import { Icon, IconName } from '../../../ui/icon';

type Arrived = NonNullable<Transfer['arrived']>;
type Kind = Arrived['byKind'][number]['kind'];

const ICONS: Record<Kind, IconName> = {
  folder: 'folder',
  document: 'doc',
  spreadsheet: 'sheet',
  presentation: 'slide',
  form: 'form',
  drawing: 'drawing',
  pdf: 'pdf',
  image: 'image',
  video: 'video',
  audio: 'audio',
  archive: 'zip',
  other: 'file',
  shortcut: 'shortcut',
};

/** What arrived, by kind and by the folders at the top of the destination; both add up to the same. */
@Component({
  selector: 'cm-arrived-panel',
  imports: [Icon],
  template: `
    <section>
      <h2 id="by-kind">{{ t().arrived.byKind }}</h2>
      <table aria-labelledby="by-kind" class="kinds">
        <colgroup>
          <col class="kind" />
          <col class="bar" />
          <col class="count" />
          <col class="count" />
        </colgroup>
        <thead class="only-speech">
          <tr>
            <th scope="col">{{ t().arrived.columns.kind }}</th>
            <td></td>
            <th scope="col">{{ t().arrived.columns.items }}</th>
            <th scope="col">{{ t().arrived.columns.size }}</th>
          </tr>
        </thead>
        <tbody>
          @for (row of kinds(); track row.kind) {
            <tr>
              <th scope="row">
                <cm-icon class="type" [name]="row.icon" /><span>{{ t().arrived.kinds[row.kind] }}</span>
              </th>
              <td class="bar">
                <span class="track"><i [style.width.%]="row.share"></i></span>
              </td>
              <td class="number">{{ formatCount(row.items) }}</td>
              <td class="number muted">{{ row.size }}</td>
            </tr>
          }
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{{ t().arrived.total }}</th>
            <td class="bar"></td>
            <td class="number">{{ formatCount(arrived().items) }}</td>
            <td class="number">{{ formatBytes(arrived().bytes) }}</td>
          </tr>
        </tfoot>
      </table>
    </section>
    <section>
      <h2 id="by-folder">{{ t().arrived.byFolder }}</h2>
      <table aria-labelledby="by-folder" class="folders">
        <colgroup>
          <col />
          <col class="count" />
          <col class="count" />
          <col class="go" />
        </colgroup>
        <thead class="only-speech">
          <tr>
            <th scope="col">{{ t().arrived.columns.folder }}</th>
            <th scope="col">{{ t().arrived.columns.items }}</th>
            <th scope="col">{{ t().arrived.columns.size }}</th>
            <th scope="col">{{ t().arrived.columns.open }}</th>
          </tr>
        </thead>
        <tbody>
          @for (row of folders(); track $index) {
            <tr>
              <th scope="row">
                <cm-icon class="type" [name]="row.icon" /><span class="cut" [title]="row.name">{{ row.name }}</span>
              </th>
              <td class="number">{{ formatCount(row.items) }}</td>
              <td class="number muted">{{ row.size }}</td>
              <td class="go">
                @if (row.link; as link) {
                  <a
                    [href]="link"
                    target="_blank"
                    rel="noopener noreferrer"
                    [attr.aria-label]="t().arrived.open(row.name)"
                    [title]="t().arrived.open(row.name)"
                    ><cm-icon name="open" class="small"
                  /></a>
                }
              </td>
            </tr>
          }
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{{ t().arrived.total }}</th>
            <td class="number">{{ formatCount(arrived().items) }}</td>
            <td class="number">{{ formatBytes(arrived().bytes) }}</td>
            <td class="go"></td>
          </tr>
        </tfoot>
      </table>
    </section>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
    section {
      display: flex;
      flex-direction: column;
      min-width: 0;
      padding: 16px;
    }
    section + section {
      border-left: 1px solid var(--line);
    }
    h2 {
      margin-bottom: 8px;
      font-size: 14px;
      line-height: 20px;
    }
    table {
      width: 100%;
      border-collapse: collapse;
      table-layout: fixed;
      font-size: 13px;
    }
    .folders {
      flex: 1;
    }
    tr {
      height: 30px;
    }
    th,
    td {
      padding: 0 0 0 10px;
      font-weight: 400;
    }
    th {
      padding-left: 0;
      text-align: left;
      white-space: nowrap;

      > * {
        vertical-align: middle;
      }
      cm-icon {
        margin-right: 10px;
      }
      .cut {
        display: inline-block;
        max-width: calc(100% - 30px);
      }
    }
    .kind {
      width: 142px;
    }
    .count {
      width: 74px;
    }
    .folders tbody tr {
      border-bottom: 1px solid var(--line);
    }
    col.go {
      width: 34px;
    }
    td.go {
      padding: 0;
      text-align: right;

      a {
        display: inline-grid;
        place-items: center;
        width: 24px;
        height: 28px;
        border-radius: 4px;
        color: var(--muted);

        &:hover {
          background: var(--raised);
          color: var(--ink);
        }
      }
    }
    .kinds tfoot tr {
      border-top: 1px solid var(--line);
    }
    tfoot :is(th, td) {
      font-weight: 600;
    }
    tfoot th {
      padding-left: 30px;
    }
    .track {
      display: block;
      height: 8px;
      overflow: hidden;
      border-radius: 2px 4px 4px 2px;
      background: var(--track);

      i {
        display: block;
        min-width: 3px;
        height: 100%;
        background: var(--seg-verified);
      }
    }
    @media (forced-colors: active) {
      .track {
        border: 1px solid CanvasText;
        background: Canvas;
        forced-color-adjust: none;
      }
      .track i {
        background: CanvasText;
      }
    }
    @media (max-width: 899px) {
      :host {
        grid-template-columns: minmax(0, 1fr);
      }
      section + section {
        border-top: 1px solid var(--line);
        border-left: 0;
      }
    }
    @media (max-width: 719px) {
      .folders tr {
        height: 48px;
      }
      col.go {
        width: 48px;
      }
      .go a {
        width: 44px;
        height: 44px;
      }
      .count {
        width: 68px;
      }
    }
    @media (max-width: 359px) {
      .bar {
        display: none;
      }
      .kind {
        width: auto;
      }
      .count {
        width: 64px;
      }
    }
  `,
})
export class ArrivedPanel {
  private readonly installation = inject(Installation);
  protected readonly t = inject(Texts).finished;
  protected readonly formatCount = formatCount;
  protected readonly formatBytes = formatBytes;

  readonly arrived = input.required<Arrived>();
  /** Address of the account that the folders are opened as. */
  readonly account = input.required<string>();

  protected readonly kinds = computed(() => {
    const { byKind } = this.arrived();
    const most = Math.max(1, ...byKind.map(({ items }) => items));
    return byKind.map(({ kind, items, bytes }) => ({
      kind,
      items,
      icon: ICONS[kind],
      share: (items / most) * 100,
      size: bytesOf(bytes),
    }));
  });
  protected readonly folders = computed(() => {
    const { byFolder, moreFolders, singleFiles } = this.arrived();
    const { arrived } = this.t();
    const row = (icon: IconName, name: string, { items, bytes }: { items: number; bytes: number }, link?: string) => ({
      icon,
      name,
      items,
      link,
      size: bytesOf(bytes),
    });
    return [
      ...byFolder.map((folder) =>
        row('folder', folder.name, folder, this.installation.folderAddress(this.account(), folder.id)),
      ),
      ...(moreFolders ? [row('folder', arrived.moreFolders(moreFolders.folders), moreFolders)] : []),
      ...(singleFiles ? [row('file', arrived.singleFiles(singleFiles.items), singleFiles)] : []),
    ];
  });
}

/** What has no bytes of its own has a dash, as in Drive. */
const bytesOf = (bytes: number): string => formatBytes(bytes === 0 ? null : bytes);
