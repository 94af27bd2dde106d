import { LiveAnnouncer } from '@angular/cdk/a11y';
import { computed, effect, inject, linkedSignal, Signal } from '@angular/core';
import { Texts } from '../../texts/texts';
import { CheckLabel } from './check-labels';
import { forecastOf } from './forecast';
import { Preflight } from '../../api/models/preflight';
import { ReviewOptions } from './review-options';

/** In the order of the page. */
const SECTIONS = ['methods', 'filter', 'checks', 'access', 'links', 'stays'] as const;
export type Section = (typeof SECTIONS)[number];

/** Failed checks that state a fact, and warn of nothing. */
const FACTS: readonly CheckLabel['code'][] = ['owned_by_others'];

/**
 * Which sections of the review are open. One opens by itself as soon as it contains a decision or a warning; only the
 * person closes it. Another count starts over. Needs an injection context.
 */
export class ReviewSections {
  private readonly texts = inject(Texts);

  private readonly id = computed(() => (this.preflight()?.state === 'ready' ? this.preflight()?.id : undefined));
  /** The sections that contain a decision or a warning. */
  private readonly urgent = computed(() => {
    const preflight = this.preflight();
    return preflight?.state === 'ready' ? SECTIONS.filter((section) => this.isUrgent(section, preflight)) : [];
  });
  private readonly opened = linkedSignal<Pick<Known, 'id' | 'urgent'>, readonly Section[]>({
    source: () => ({ id: this.id(), urgent: this.urgent() }),
    computation: ({ id, urgent }, before) =>
      before && before.source.id === id ? [...before.value, ...added(urgent, before.source.urgent)] : urgent,
  });
  /** Asks the person to check the sections that contain a decision or a warning; empty if none does. */
  readonly request = computed(() => this.requestFor(this.urgent()));

  constructor(
    private readonly preflight: Signal<Preflight | undefined>,
    private readonly options: ReviewOptions,
    private readonly checks: Signal<readonly CheckLabel[]>,
  ) {
    const announcer = inject(LiveAnnouncer);
    let before: Known | undefined;
    effect(() => {
      const now = { id: this.id(), urgent: this.urgent() };
      // What is open from the start is announced with the end of the count.
      const request = before && before.id === now.id ? this.requestFor(added(now.urgent, before.urgent)) : '';
      before = now;
      if (request) void announcer.announce(request);
    });
  }

  isOpen(section: Section): boolean {
    return this.opened().includes(section);
  }

  toggle(section: Section): void {
    this.opened.update((opened) =>
      opened.includes(section) ? opened.filter((each) => each !== section) : [...opened, section],
    );
  }

  private isUrgent(section: Section, preflight: Preflight): boolean {
    const { counts, conflicts, access, links } = preflight;
    const { found, impossible, filteredOut } = forecastOf(preflight);
    switch (section) {
      case 'methods':
        return counts.convertible.items > 0 || conflicts.replaced > 0 || impossible > 0;
      case 'filter':
        return found === 0 && filteredOut > 0;
      case 'checks':
        return this.checks().some(({ kind, code }) => kind !== 'ok' && !FACTS.includes(code));
      case 'access': {
        if (!this.options.carries()) return false;
        const { gains = 0, loses = 0, less = 0, refused = 0, warningCount = 0 } = access ?? {};
        return this.options.sharingChanged() || gains + loses + less + refused + warningCount > 0;
      }
      case 'links':
        return this.options.linksChanged() || links.apiOff.length > 0;
      case 'stays':
        return false;
    }
  }

  private requestFor(sections: readonly Section[]): string {
    const { review, access, links } = this.texts;
    const { methods, filter, checks, stays, announce } = review();
    const headings = { methods, filter, checks, access: access(), links: links(), stays };
    return sections.length > 0 ? announce.check(sections.map((section) => headings[section].heading)) : '';
  }
}

interface Known {
  readonly id: string | undefined;
  readonly urgent: readonly Section[];
}

const added = (now: readonly Section[], before: readonly Section[]): readonly Section[] =>
  now.filter((section) => !before.includes(section));
