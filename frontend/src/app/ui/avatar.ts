import { Component, computed, input } from '@angular/core';
import { Side } from '../core/side';
import { Icon } from './icon';

/** Up to two initials: of the first and last word of a name or an address. */
function initials(name: string): string {
  const words = name.split(/[\s@._-]+/).filter(Boolean);
  const last = words.length > 1 ? words.at(-1) : undefined;
  return [words[0], last]
    .map((word) => (word ? [...word][0] : ''))
    .join('')
    .toUpperCase();
}

/** A person's initials: round and plum for the source, square and petrol for the destination. Text is beside it. */
@Component({
  selector: 'cm-avatar',
  imports: [Icon],
  host: {
    'aria-hidden': 'true',
    '[class.source]': 'side() === "source"',
    '[class.large]': 'large()',
    '[class.empty]': '!name()',
  },
  template: `@if (name()) {
      {{ letters() }}
    } @else {
      <cm-icon name="plus" [class.small]="!large()" />
    }`,
  styles: `
    :host {
      display: inline-grid;
      flex: none;
      place-items: center;
      width: 26px;
      height: 26px;
      border-radius: 7px;
      background: var(--primary-tint);
      box-shadow: inset 0 0 0 1.5px var(--primary);
      color: var(--on-primary-tint);
      font-size: 11px;
      font-weight: 650;
    }
    :host(.source) {
      border-radius: 50%;
      background: var(--source-tint);
      box-shadow: inset 0 0 0 1.5px var(--source);
      color: var(--on-source-tint);
    }
    :host(.large) {
      width: 44px;
      height: 44px;
      border-radius: 11px;
      font-size: 15px;
    }
    :host(.source.large) {
      border-radius: 50%;
    }
    :host(.empty) {
      border: 1.5px dashed var(--outline);
      background: none;
      box-shadow: none;
      color: var(--muted);
    }
  `,
})
export class Avatar {
  readonly side = input.required<Side>();
  /** Empty: nobody is connected. */
  readonly name = input('');
  readonly large = input(false);
  protected readonly letters = computed(() => initials(this.name()));
}
