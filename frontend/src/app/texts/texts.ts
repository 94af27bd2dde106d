import { computed, DOCUMENT, effect, inject, Service } from '@angular/core';
import { PreferenceStore } from '../core/preferences';
import { Catalogue, catalogue, speak } from './catalogue';
import { Language, language, preferredLanguage } from './language';

/**
 * The portal's words, a signal per feature: `protected readonly t = inject(Texts).connect`, then `t().heading`.
 * Another language changes what is shown at once, without a reload. A text is a string, or a function when it has gaps.
 */
@Service()
export class Texts {
  private readonly preferences = inject(PreferenceStore);
  private readonly document = inject(DOCUMENT);

  readonly language = language.asReadonly();
  /** The chosen language, or on a first visit the first of the browser's that the portal speaks. */
  private readonly wanted = computed(() => this.preferences.language() ?? preferredLanguage(navigator.languages));

  readonly shell = this.of('shell');
  readonly connect = this.of('connect');
  readonly browse = this.of('browse');
  readonly review = this.of('review');
  readonly transfers = this.of('transfers');
  readonly finished = this.of('finished');
  readonly sessions = this.of('sessions');
  readonly analytics = this.of('analytics');
  readonly problems = this.of('problems');
  readonly formats = this.of('formats');

  constructor() {
    effect(() => {
      this.document.documentElement.lang = language();
    });
    // A choice made in another tab; one that cannot be loaded leaves the page as it is.
    effect(() => void speak(this.wanted()).catch(() => undefined));
  }

  /** Resolves when the page speaks the wanted language, or English when that cannot be loaded. */
  ready(): Promise<void> {
    return speak(this.wanted()).catch(() => undefined);
  }

  /** Makes the page speak a language and remembers it. @throws when its texts cannot be loaded; nothing changes then */
  async choose(wanted: Language): Promise<void> {
    await speak(wanted);
    if (language() === wanted) this.preferences.choose('language', wanted);
  }

  private of<Feature extends keyof Catalogue>(feature: Feature) {
    return computed<Catalogue[Feature]>(() => catalogue()[feature]);
  }
}
