import { Component, inject, input } from '@angular/core';
import { formatBytes, formatCount } from '../../../core/formats';
import { Texts } from '../../../texts/texts';
import { Icon, IconName } from '../../../ui/icon';

export interface ArrivedRow {
  readonly name: string;
  readonly icon: IconName;
  readonly items: number;
  readonly bytes: number;
  /** Percent of the largest row, drawn as a bar. */
  readonly share?: number;
  /** Where the folder opens. */
  readonly link?: string;
}

/** What arrived, a row for each kind or folder, and its total. */
@Component({
  selector: 'cm-arrived-table',
  imports: [Icon],
  template: `
    <h2 [id]="'by-' + by()">{{ heading() }}</h2>
    <table [attr.aria-labelledby]="'by-' + by()" [class]="'by-' + by()">
      <colgroup>
        <col [class.kind]="!links()" />
        @if (!links()) {
          <col class="bar" />
        }
        <col class="count" />
        <col class="count" />
        @if (links()) {
          <col class="go" />
        }
      </colgroup>
      <thead class="only-speech">
        <tr>
          <th scope="col">{{ name() }}</th>
          @if (!links()) {
            <td></td>
          }
          <th scope="col">{{ t().arrived.columns.items }}</th>
          <th scope="col">{{ t().arrived.columns.size }}</th>
          @if (links()) {
            <th scope="col">{{ t().arrived.columns.open }}</th>
          }
        </tr>
      </thead>
      <tbody>
        @for (row of rows(); track $index) {
          <tr>
            <th scope="row">
              <cm-icon class="type" [name]="row.icon" /><span class="cut" [title]="row.name">{{ row.name }}</span>
            </th>
            @if (!links()) {
              <td class="bar">
                <span class="track"><i [style.width.%]="row.share"></i></span>
              </td>
            }
            <td class="number">{{ formatCount(row.items) }}</td>
            <td class="number muted">{{ sizeOf(row.bytes) }}</td>
            @if (links()) {
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
            }
          </tr>
        }
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{{ t().arrived.total }}</th>
          @if (!links()) {
            <td class="bar"></td>
          }
          <td class="number">{{ formatCount(total().items) }}</td>
          <td class="number">{{ formatBytes(total().bytes) }}</td>
          @if (links()) {
            <td class="go"></td>
          }
        </tr>
      </tfoot>
    </table>
  `,
  styles: `
    :host {
      display: flex;
      flex-direction: column;
      min-width: 0;
      padding: 16px;
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
    .by-folder {
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
    .by-folder tbody tr {
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
    .by-kind tfoot tr {
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
    @media (max-width: 719px) {
      .by-folder tr {
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
export class ArrivedTable {
  protected readonly t = inject(Texts).finished;
  readonly by = input.required<'kind' | 'folder'>();
  readonly heading = input.required<string>();
  /** What the rows are. */
  readonly name = input.required<string>();
  readonly rows = input.required<readonly ArrivedRow[]>();
  readonly total = input.required<{ readonly items: number; readonly bytes: number }>();
  /** The rows have links, in place of bars. */
  readonly links = input(false);

  protected readonly formatCount = formatCount;
  protected readonly formatBytes = formatBytes;
  /** What has no bytes of its own has a dash, as in Drive. */
  protected readonly sizeOf = (bytes: number): string => formatBytes(bytes === 0 ? null : bytes);
}
