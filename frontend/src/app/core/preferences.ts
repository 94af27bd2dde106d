import { computed, effect, inject, Service, signal, DOCUMENT } from '@angular/core';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** What is remembered about the interface; nothing here identifies anybody. */
interface Preferences {
  readonly theme: Theme;
}

const KEY = 'cloudmover.ui';

const isTheme = (value: unknown): value is Theme => THEMES.some((theme) => theme === value);

function read(text: string | null): Preferences {
  try {
    const stored: unknown = JSON.parse(text ?? '{}');
    const theme = typeof stored === 'object' && stored !== null && 'theme' in stored ? stored.theme : undefined;
    return { theme: isTheme(theme) ? theme : 'system' };
  } catch {
    return { theme: 'system' };
  }
}

/** Choices about the interface, kept in this browser and alike in all its tabs. */
@Service()
export class PreferenceStore {
  private readonly document = inject(DOCUMENT);
  private readonly current = signal(read(localStorage.getItem(KEY)));
  readonly theme = computed(() => this.current().theme);

  constructor() {
    effect(() => {
      const theme = this.theme();
      if (theme === 'system') this.document.documentElement.removeAttribute('data-theme');
      else this.document.documentElement.setAttribute('data-theme', theme);
    });
    addEventListener('storage', (event) => {
      if (event.key === KEY) this.current.set(read(event.newValue));
    });
  }

  chooseTheme(theme: Theme): void {
    this.current.update((preferences) => ({ ...preferences, theme }));
    localStorage.setItem(KEY, JSON.stringify(this.current()));
  }
}
