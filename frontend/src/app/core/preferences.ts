import { computed, effect, inject, Service, signal, DOCUMENT } from '@angular/core';
import { isLanguage, Language } from '../texts/language';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const DENSITIES = ['comfortable', 'compact'] as const;
export type Density = (typeof DENSITIES)[number];

/** Preferences of the interface. None identifies a person. */
export interface Preferences {
  readonly theme: Theme;
  /** The height of rows. */
  readonly density: Density;
  /** Undefined: the language of the browser. */
  readonly language?: Language;
  /** Whether single-key shortcuts such as `/` and `?` are off, for people who use voice control. */
  readonly shortcutsOff: boolean;
  /** The share of the width that the left of two panes takes, 0.25 to 0.75. */
  readonly paneShare: number;
  /** Whether the browser shows a notification when a transfer ends. */
  readonly notifyDone: boolean;
}

const DEFAULTS: Preferences = {
  theme: 'system',
  density: 'comfortable',
  shortcutsOff: false,
  paneShare: 0.61,
  notifyDone: false,
};

const KEY = 'cloudmover.ui';

const oneOf = <T extends string>(values: readonly T[], value: unknown): T | undefined =>
  values.find((candidate) => candidate === value);

/** Reads stored preferences. Ignores invalid values, such as those of an older version. */
function read(text: string | null): Preferences {
  let stored: Partial<Record<keyof Preferences, unknown>>;
  try {
    stored = Object(JSON.parse(text ?? '{}')) as typeof stored;
  } catch {
    return DEFAULTS;
  }
  const { theme, density, language, shortcutsOff, paneShare, notifyDone } = stored;
  return {
    theme: oneOf(THEMES, theme) ?? DEFAULTS.theme,
    density: oneOf(DENSITIES, density) ?? DEFAULTS.density,
    ...(isLanguage(language) && { language }),
    shortcutsOff: shortcutsOff === true,
    notifyDone: notifyDone === true,
    paneShare: typeof paneShare === 'number' && paneShare >= 0.25 && paneShare <= 0.75 ? paneShare : DEFAULTS.paneShare,
  };
}

/** Preferences of the interface, stored in this browser and shared by its tabs. */
@Service()
export class PreferenceStore {
  private readonly document = inject(DOCUMENT);
  private readonly current = signal(read(localStorage.getItem(KEY)));

  readonly theme = computed(() => this.current().theme);
  readonly density = computed(() => this.current().density);
  readonly language = computed(() => this.current().language);
  readonly shortcutsOff = computed(() => this.current().shortcutsOff);
  readonly paneShare = computed(() => this.current().paneShare);
  readonly notifyDone = computed(() => this.current().notifyDone);

  constructor() {
    effect(() => this.mark('data-theme', this.theme(), DEFAULTS.theme));
    effect(() => this.mark('data-density', this.density(), DEFAULTS.density));
    addEventListener('storage', (event) => {
      // A null key: the storage was cleared.
      if (event.key === KEY || event.key === null) this.current.set(read(event.newValue));
    });
  }

  choose<Name extends keyof Preferences>(name: Name, value: Preferences[Name]): void {
    this.current.update((preferences) => ({ ...preferences, [name]: value }));
    const chosen = Object.entries(this.current()).filter(
      ([key, value]) => value !== DEFAULTS[key as keyof Preferences],
    );
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(chosen)));
  }

  /** Sets an attribute for the style sheets; the default value has none. */
  private mark(attribute: string, value: string, defaultValue: string): void {
    if (value === defaultValue) this.document.documentElement.removeAttribute(attribute);
    else this.document.documentElement.setAttribute(attribute, value);
  }
}
