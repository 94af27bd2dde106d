import { Component, input, model, signal } from '@angular/core';
import { outputFromObservable, toObservable } from '@angular/core/rxjs-interop';
import { debounceTime, distinctUntilChanged, map, skip } from 'rxjs';
import { TYPING_PAUSE_MS } from './typed-words';
import { Icon } from './icon';

/** A button that shows only a part of a list. */
export interface ListFilter<T> {
  readonly value: T;
  readonly label: string;
  /** How many there are, formatted. */
  readonly count: string;
}

/** The filters and the search above a list. */
@Component({
  selector: 'cm-list-tools',
  imports: [Icon],
  template: `
    <div class="filters" role="group" data-scrolls [attr.aria-label]="show()">
      @for (filter of filters(); track filter.value) {
        <button
          type="button"
          [attr.aria-pressed]="filter.value === chosen()"
          [class.on]="filter.value === chosen()"
          (click)="chosen.set(filter.value)"
        >
          {{ filter.label }} <span class="muted">{{ filter.count }}</span>
        </button>
      }
    </div>
    <div class="field">
      <cm-icon name="search" class="small" />
      <input
        #box
        type="search"
        [attr.aria-label]="label() + ': ' + hint()"
        [placeholder]="hint()"
        (input)="typed.set(box.value)"
      />
    </div>
  `,
  styleUrl: './list-tools.scss',
})
export class ListTools<T> {
  /** The list's name, for screen readers. */
  readonly label = input.required<string>();
  /** What the filters do, for screen readers. */
  readonly show = input.required<string>();
  /** What can be searched for. */
  readonly hint = input.required<string>();
  readonly filters = input.required<readonly ListFilter<T>[]>();
  readonly chosen = model.required<T>();

  protected readonly typed = signal('');
  /** The text to search for, without spaces around it, after a pause in typing. */
  readonly search = outputFromObservable(
    toObservable(this.typed).pipe(
      skip(1),
      debounceTime(TYPING_PAUSE_MS),
      map((text) => text.trim()),
      distinctUntilChanged(),
    ),
  );
}
