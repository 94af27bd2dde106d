import { Component, computed, input } from '@angular/core';
import { Icon, IconName } from './icon';

export type NoteKind = 'info' | 'ok' | 'warn' | 'bad';

const ICONS: Record<NoteKind, IconName> = { info: 'info', ok: 'ok-circle', warn: 'alert', bad: 'x-circle' };

/** A framed message with a heading, a text, and actions marked `noteAction`. */
@Component({
  selector: 'cm-note',
  imports: [Icon],
  host: { '[class]': 'kind()' },
  template: `
    <cm-icon [name]="shownIcon()" />
    <div class="words">
      <div class="strong">{{ heading() }}</div>
      <ng-content />
    </div>
    <div class="actions"><ng-content select="[noteAction]" /></div>
  `,
  styleUrl: './note.scss',
})
export class Note {
  readonly kind = input<NoteKind>('info');
  readonly heading = input.required<string>();
  readonly icon = input<IconName>();
  protected readonly shownIcon = computed(() => this.icon() ?? ICONS[this.kind()]);
}
