import { computed, effect, inject, Service, signal, DOCUMENT } from '@angular/core';
import { isLanguage, Language } from '../texts/language';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const DENSITIES = ['comfortable', 'compact'] as const;
export type Density = (typeof DENSITIES)[number];

/** Preferences of the interface; nothing here identifies a person. */
export interface Preferences {
  readonly theme: Theme;
  /** How high rows are. */
  readonly density: Density;
  /** Undefined: the browser's. */
  readonly language?: Language;
  /** Single keys such as `/` and `?`, which a speech-input user may want off. */
  readonly shortcutsOff: boolean;
  /** Part of the width that the left of two panes takes, 0.25 to 0.75. */
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

/** Stored by an older version or by hand: what is not valid is ignored. */
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

/** Preferences of the interface, kept in this browser and shared by its tabs. */
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
      // A null key: everything was cleared.
      if (event.key === KEY || event.key === null) this.current.set(read(event.newValue));
    });
  }

  choose<Name extends keyof Preferences>(name: Name, value: Preferences[Name]): void {
    this.current.update((preferences) => ({ ...preferences, [name]: value }));
    const chosen = Object.entries(this.current()).filter(([key, kept]) => kept !== DEFAULTS[key as keyof Preferences]);
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(chosen)));
  }

  /** The style sheets select by attribute; the default has none. */
  private mark(attribute: string, value: string, usual: string): void {
    if (value === usual) this.document.documentElement.removeAttribute(attribute);
    else this.document.documentElement.setAttribute(attribute, value);
  }
}
