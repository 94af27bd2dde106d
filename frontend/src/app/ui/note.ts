import { Component, computed, input } from '@angular/core';
import { Icon, IconName } from './icon';

export type NoteKind = 'info' | 'ok' | 'warn' | 'bad';

const ICONS: Record<NoteKind, IconName> = { info: 'info', ok: 'ok-circle', warn: 'alert', bad: 'x-circle' };

/** A framed message with one heading, its text, and at most a few actions marked `noteAction`. */
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
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      gap: 8px 12px;
      padding: 12px 16px;
      border-radius: var(--radius);
      background: var(--primary-tint);
      color: var(--ink);
    }
    cm-icon {
      margin-top: 1px;
      color: var(--primary);
    }
    .words {
      flex: 1 1 200px;
      min-width: 0;
      overflow-wrap: anywhere;
    }
    .actions {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 8px;
    }
    .actions:empty {
      display: none;
    }
    @media (max-width: 719px) {
      .actions {
        margin-left: 32px;
      }
    }
    :host(.ok) {
      background: var(--ok-tint);
    }
    :host(.warn) {
      background: var(--warn-tint);
    }
    :host(.bad) {
      background: var(--bad-tint);
    }
    :host(.ok) cm-icon {
      color: var(--ok);
    }
    :host(.warn) cm-icon {
      color: var(--warn);
    }
    :host(.bad) cm-icon {
      color: var(--bad);
    }
  `,
})
export class Note {
  readonly kind = input<NoteKind>('info');
  readonly heading = input.required<string>();
  readonly icon = input<IconName>();
  protected readonly shownIcon = computed(() => this.icon() ?? ICONS[this.kind()]);
}
