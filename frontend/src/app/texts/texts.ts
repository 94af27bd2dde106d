import { computed, DOCUMENT, effect, inject, Service } from '@angular/core';
import { PreferenceStore } from '../core/preferences';
import { Catalogue, catalogue, speak } from './catalogue';
import { Language, language, preferredLanguage } from './language';

/**
 * The portal's texts, one signal per feature: `protected readonly t = inject(Texts).connect`, then `t().heading`.
 * Switching the language updates the page without a reload. A text is a string, or a function if it has parameters.
 */
@Service()
export class Texts {
  private readonly preferences = inject(PreferenceStore);
  private readonly document = inject(DOCUMENT);

  readonly language = language.asReadonly();
  /** The chosen language; by default, the first of the browser's languages that the portal has. */
  private readonly wanted = computed(() => this.preferences.language() ?? preferredLanguage(navigator.languages));

  readonly shell = this.of('shell');
  readonly connect = this.of('connect');
  readonly browse = this.of('browse');
  readonly review = this.of('review');
  readonly access = this.of('access');
  readonly links = this.of('links');
  readonly transfers = this.of('transfers');
  readonly finished = this.of('finished');
  readonly sessions = this.of('sessions');
  readonly analytics = this.of('analytics');
  readonly settings = this.of('settings');
  readonly problems = this.of('problems');
  readonly formats = this.of('formats');

  constructor() {
    effect(() => {
      this.document.documentElement.lang = language();
    });
    // Another tab may change the language. If its texts cannot be loaded, the page keeps its language.
    effect(() => void speak(this.wanted()).catch(() => undefined));
  }

  /** Resolves when the page is in the wanted language, or in English if that cannot be loaded. */
  ready(): Promise<void> {
    return speak(this.wanted()).catch(() => undefined);
  }

  /** Switches the page to a language and stores the choice. @throws if its texts cannot be loaded; nothing changes then */
  async choose(wanted: Language): Promise<void> {
    await speak(wanted);
    if (language() === wanted) this.preferences.choose('language', wanted);
  }

  private of<Feature extends keyof Catalogue>(feature: Feature) {
    return computed<Catalogue[Feature]>(() => catalogue()[feature]);
  }
}
