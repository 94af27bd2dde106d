import { Component, computed, inject, input } from '@angular/core';
import { Installation } from '../../../core/installation';
import { Transfer } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';
import { IconName } from '../../../ui/icon';
import { ArrivedRow, ArrivedTable } from './arrived-table';

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

/** What arrived, by kind and by top-level folder; both tables have the same total. */
@Component({
  selector: 'cm-arrived-panel',
  imports: [ArrivedTable],
  template: `
    <cm-arrived-table
      by="kind"
      [heading]="t().arrived.byKind"
      [name]="t().arrived.columns.kind"
      [rows]="kinds()"
      [total]="arrived()"
    />
    <cm-arrived-table
      by="folder"
      [heading]="t().arrived.byFolder"
      [name]="t().arrived.columns.folder"
      [rows]="folders()"
      [total]="arrived()"
      [links]="true"
    />
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
    cm-arrived-table + cm-arrived-table {
      border-left: 1px solid var(--line);
    }
    @media (max-width: 899px) {
      :host {
        grid-template-columns: minmax(0, 1fr);
      }
      cm-arrived-table + cm-arrived-table {
        border-top: 1px solid var(--line);
        border-left: 0;
      }
    }
  `,
})
export class ArrivedPanel {
  private readonly installation = inject(Installation);
  protected readonly t = inject(Texts).finished;

  readonly arrived = input.required<Arrived>();
  /** The e-mail address of the account with which folders open. */
  readonly account = input.required<string>();

  protected readonly kinds = computed<ArrivedRow[]>(() => {
    const { byKind } = this.arrived();
    const most = Math.max(1, ...byKind.map(({ items }) => items));
    return byKind.map(({ kind, items, bytes }) => ({
      name: this.t().arrived.kinds[kind],
      icon: ICONS[kind],
      items,
      bytes,
      share: (items / most) * 100,
    }));
  });
  protected readonly folders = computed<ArrivedRow[]>(() => {
    const { byFolder, moreFolders, singleFiles } = this.arrived();
    const t = this.t().arrived;
    return [
      ...byFolder.map(({ id, name, items, bytes }) => ({
        name,
        icon: 'folder' as const,
        items,
        bytes,
        link: this.installation.folderAddress(this.account(), id),
      })),
      ...(moreFolders ? [{ ...moreFolders, name: t.moreFolders(moreFolders.folders), icon: 'folder' as const }] : []),
      ...(singleFiles ? [{ ...singleFiles, name: t.singleFiles(singleFiles.items), icon: 'file' as const }] : []),
    ];
  });
}
