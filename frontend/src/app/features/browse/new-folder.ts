import { computed, inject, linkedSignal, Signal } from '@angular/core';
import { disabled, form, maxLength, validate } from '@angular/forms/signals';
import { currentTime } from '../../core/clock';
import { formatDay } from '../../core/formats';
import { SessionStore } from '../../core/sessions';
import { Texts } from '../../texts/texts';
import { DriveItem } from './drive-item';

/** The API's limit. */
const MAX_NAME = 500;

/** The new folder for the copies: whether one is wanted, and its name. Needs an injection context. */
export class NewFolder {
  private readonly sessions = inject(SessionStore);
  private readonly t = inject(Texts).browse;

  private readonly suggestedName = computed(() => {
    const taken = new Set(this.siblings().map(({ name }) => name));
    const t = this.t().landing;
    const account = this.sessions.account('source');
    const name = t.suggested(account?.name || account?.email || t.source, formatDay(currentTime()));
    // Google allows several folders with the same name, but people could not distinguish them.
    for (let next = 2; ; next++) {
      const candidate = next === 2 ? name : `${name} (${next - 1})`;
      if (!taken.has(candidate)) return candidate;
    }
  });
  /** The name follows the account and the folder until the person edits it. */
  readonly form = form(
    linkedSignal<string, { wanted: boolean; name: string }>({
      source: this.suggestedName,
      computation: (suggested, before) => {
        const { wanted, name } = before?.value ?? this.ofAddress(suggested);
        return { wanted, name: name === (before?.source ?? suggested) ? suggested : name };
      },
    }),
    (path) => {
      disabled(path.name, { when: ({ valueOf }) => !valueOf(path.wanted) });
      validate(path.name, ({ value }) => (value().trim() ? undefined : { kind: 'required' }));
      maxLength(path.name, MAX_NAME);
    },
  );
  /** Its name; undefined if none is wanted. */
  readonly name = computed(() => (this.form.wanted().value() ? this.form.name().value().trim() : undefined));

  /**
   * @param siblings what is already in the folder that will contain it
   * @param into what the address has of it, as {@link toAddress}
   */
  constructor(
    private readonly siblings: Signal<readonly DriveItem[]>,
    private readonly into: string | null | undefined,
  ) {}

  /** For the address: its name unless it is the suggested one, or nothing at all. */
  toAddress(): string | null {
    const name = this.name();
    if (name === undefined) return '';
    return name === this.suggestedName() ? null : name;
  }

  private ofAddress(suggested: string): { wanted: boolean; name: string } {
    return { wanted: this.into !== '', name: this.into || suggested };
  }
}
