// A row of a page: how to produce a state, and what it must show.
declare global {
  /** Advances the page's clock by this many milliseconds. */
  var letPass: (ms: number) => void;
}

import type { BrowserContext, Page } from 'playwright-core';
import type { Side } from '../support/portal.ts';
import type { LeftMs } from './answers.ts';
import type { Script, Stage } from './stage.ts';

/** Something visible: a text, a pattern, or a role with its name. */
export type Sight = string | RegExp | readonly [Parameters<Page['getByRole']>[0], string | RegExp];

export interface Row {
  state: string;
  path: string;
  /** The replies of the API that differ from `calm`. */
  api?: Script;
  sees: Sight[];
  /** What must not be visible. */
  lacks?: Sight[];
  /** The time left of each side's session; 20 hours by default. */
  left?: LeftMs;
  /** The sides of which this browser has a token; those of `left` by default. */
  tokens?: Side[];
  /** What else is in localStorage (`haste: '20'` makes timers 20 times faster, `'0.1'` 10 times slower). */
  stored?: Record<string, string>;
  /** What is in sessionStorage. */
  remembered?: Record<string, string>;
  /** What to do first. */
  arrange?(parts: { page: Page; stage: Stage; context: BrowserContext }): Promise<unknown>;
  /** Checks what `sees` cannot, such as a colour. */
  holds?(parts: { page: Page }): Promise<unknown>;
  /** The rules of axe that the state may violate; the reason is in a comment. */
  except?: string[];
}

/** The optional parts of a row. */
export type MoreOfRow = Partial<Omit<Row, 'state' | 'sees'>>;
