import { Component, effect, inject, input, signal, untracked } from '@angular/core';
import { debounce, form, FormField } from '@angular/forms/signals';
import { TYPING_PAUSE_MS, typedWords } from '../../ui/typed-words';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { DriveSide } from './drive-side';

/** Searches a whole drive once typing pauses. On a phone it is a button until it is used. */
@Component({
  selector: 'cm-pane-search',
  imports: [FormField, Icon],
  template: `
    <div class="field search" [class.shown]="shown() || search().controlValue() !== ''">
      <cm-icon name="search" class="small" />
      <input
        #box
        type="search"
        [formField]="search"
        [attr.aria-label]="t().pane.searchLabel"
        [placeholder]="t().pane.searchHint"
        (keydown.escape)="store().clearSearch()"
        (blur)="shown.set(false)"
      />
      <kbd class="not-on-phone" aria-hidden="true">/</kbd>
    </div>
    <button
      type="button"
      class="glass phone-only"
      [attr.aria-label]="t().pane.search"
      [hidden]="shown() || search().controlValue() !== ''"
      (click)="shown.set(true); box.focus()"
    >
      <cm-icon name="search" />
    </button>
  `,
  styles: `
    :host {
      display: contents;
    }
    .search {
      flex: none;
      width: 230px;
    }
    .glass {
      padding: 0;
      border: 0;
      background: none;
      color: var(--muted);
      cursor: pointer;
    }
    @media (max-width: 719px) {
      .glass {
        flex: none;
        width: 44px;
        height: 44px;
      }
      .search {
        position: absolute;
        width: 1px;
        height: 1px;
        padding: 0;
        border: 0;
        overflow: hidden;
        clip-path: inset(50%);

        &.shown,
        &:focus-within {
          position: static;
          flex: 1 1 150px;
          height: 44px;
          padding: 0 10px;
          border: 1px solid var(--outline);
          clip-path: none;
        }
      }
    }
  `,
})
export class PaneSearch {
  protected readonly t = inject(Texts).browse;

  readonly store = input.required<DriveSide>();
  protected readonly shown = signal(false);
  private readonly typed = typedWords(() => this.store().search());
  protected readonly search = form(this.typed, (path) => debounce(path, TYPING_PAUSE_MS));

  constructor() {
    effect(() => {
      const text = this.typed().trim();
      untracked(() => this.store().searchFor(text));
    });
  }
}
