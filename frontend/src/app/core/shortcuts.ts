import { DestroyRef, inject, Service } from '@angular/core';
import { PreferenceStore } from './preferences';

/** The longest time between the two keys of a pair such as `g t`. */
const PAIR_MS = 1500;

/** While a dialog or menu has the focus, the page ignores keys. */
const OVERLAYS = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]';
/** Elements in which plain keys enter text. */
const FIELDS = 'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]';

/**
 * Actions by key: a key as `KeyboardEvent.key` names it (`/`, `?`), a pair (`g t`), or a key with `Ctrl+` in front
 * (`Ctrl+k`, `Ctrl+Enter`; on a Mac also the command key).
 */
export type Bindings = Readonly<Record<string, () => void>>;

/**
 * The page's keyboard shortcuts. Single keys and pairs are ignored in fields, and everywhere once the person has turned
 * them off (WCAG 2.1.4). Keys with `Ctrl` also work in fields. While a dialog or menu has the focus, all are ignored.
 */
@Service()
export class Shortcuts {
  private readonly preferences = inject(PreferenceStore);
  private readonly bound: Bindings[] = [];
  private first?: { readonly key: string; readonly at: number };

  constructor() {
    document.addEventListener('keydown', (event) => this.press(event));
  }

  /** Binds keys until the caller is destroyed; the latest binding of a key wins. */
  bind(bindings: Bindings, destroyed = inject(DestroyRef)): void {
    this.bound.unshift(bindings);
    destroyed.onDestroy(() => this.bound.splice(this.bound.indexOf(bindings), 1));
  }

  private press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || event.altKey || isModifier(event.key)) return;
    if (isWithin(event, OVERLAYS)) return;
    const action = event.ctrlKey || event.metaKey ? this.withControl(event) : this.plain(event);
    if (!action) return;
    event.preventDefault();
    action();
  }

  private withControl({ key, shiftKey }: KeyboardEvent): (() => void) | undefined {
    // With Shift, shortcuts belong to the browser. Caps Lock makes no difference.
    return shiftKey ? undefined : this.find(`Ctrl+${key.length === 1 ? key.toLowerCase() : key}`);
  }

  private plain(event: KeyboardEvent): (() => void) | undefined {
    if (isWithin(event, FIELDS) || this.preferences.shortcutsOff()) return undefined;
    const before = this.first;
    this.first = undefined;
    const pair = before && event.timeStamp - before.at < PAIR_MS ? this.find(`${before.key} ${event.key}`) : undefined;
    if (pair) return pair;
    if (!event.repeat && this.bound.some((bindings) => Object.keys(bindings).some(startsWith(event.key))))
      this.first = { key: event.key, at: event.timeStamp };
    return this.find(event.key);
  }

  private find(keys: string): (() => void) | undefined {
    return this.bound.find((bindings) => Object.hasOwn(bindings, keys))?.[keys];
  }
}

const isWithin = ({ target }: KeyboardEvent, selector: string): boolean =>
  target instanceof Element && target.closest(selector) !== null;
const isModifier = (key: string): boolean => ['Control', 'Meta', 'Shift', 'Alt'].includes(key);
const startsWith = (key: string) => (keys: string) => keys.startsWith(`${key} `);
