// A row of a page: how a state is brought about, and what must be seen then.
declare global {
  /** In a page of a state: lets so many milliseconds pass at once. */
  var letPass: (ms: number) => void;
}

import type { BrowserContext, Page } from 'playwright-core';
import type { Side } from '../support/portal.ts';
import type { LeftMs } from './answers.ts';
import type { Script, Stage } from './stage.ts';

/** What is seen: a text, a pattern, or a role with its name. */
export type Sight = string | RegExp | readonly [Parameters<Page['getByRole']>[0], string | RegExp];

export interface Row {
  state: string;
  path: string;
  /** What the API answers where it differs from an API without news. */
  api?: Script;
  sees: Sight[];
  /** What must not be seen. */
  lacks?: Sight[];
  /** How long each side's session lasts, twenty hours by default. */
  left?: LeftMs;
  /** The sides of which this browser has a token, those of `left` by default. */
  tokens?: Side[];
  /** What else is in localStorage (`haste: '20'` lets twenty seconds pass in one). */
  stored?: Record<string, string>;
  /** What is in sessionStorage. */
  remembered?: Record<string, string>;
  /** What a person does first. */
  arrange?(parts: { page: Page; stage: Stage; context: BrowserContext }): Promise<unknown>;
  /** Expects what no text shows, such as a colour. */
  holds?(parts: { page: Page }): Promise<unknown>;
  /** Rules of axe that the state may break, with the reason beside it. */
  except?: string[];
}

/** What a row says beside its state and what is seen. */
export type MoreOfRow = Partial<Omit<Row, 'state' | 'sees'>>;
