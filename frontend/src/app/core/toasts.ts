import { effect, inject, Injector, Service, untracked } from '@angular/core';
import type { MatSnackBarConfig } from '@angular/material/snack-bar';
import { Texts } from '../texts/texts';
import { Connection } from './connection';
import { explain, Subject, toProblem } from './problem';

const SHORT_MS = 6000;
/** Problems that end with an outage, and the messages about them with it. */
const OUTAGES: readonly string[] = ['unreachable', 'service_unavailable'];

/** Short messages at the bottom edge, read out politely. What shows them comes after the first page, not before it. */
@Service()
export class Toasts {
  private readonly injector = inject(Injector);
  private readonly shell = inject(Texts).shell;
  private dismissOutage?: () => void;

  constructor() {
    const { recoveries } = inject(Connection);
    let seen = recoveries();
    effect(() => {
      if (recoveries() === seen) return;
      seen = recoveries();
      untracked(() => this.dismissOutage?.());
      this.dismissOutage = undefined;
    });
  }

  say(message: string): void {
    this.open(message, this.shell().dismiss, { duration: SHORT_MS });
  }

  /** A message that stays until dismissed, because it is to be read in peace, or until its action is taken. */
  keep(message: string, action?: { readonly label: string; readonly act: () => void }): void {
    this.open(message, action?.label ?? this.shell().dismiss, {}, action?.act);
  }

  /** A message with a way back. @returns a function that takes the offer back, for when its page is left */
  offer(message: string, action: string, act: () => void): () => void {
    return this.open(message, action, { duration: SHORT_MS }, act);
  }

  /** A command that failed; stays until dismissed, or until the outage that it failed for has ended. */
  failed(error: unknown, subject?: Subject): void {
    const problem = toProblem(error);
    const { text, known } = explain(problem, subject);
    const message = known ? text : `${text} (${problem.code})`;
    const dismiss = this.open(message, this.shell().dismiss, { politeness: 'assertive' });
    this.dismissOutage = OUTAGES.includes(problem.code) ? dismiss : undefined;
  }

  /** Loads what shows a message, so that one can be shown without a network too. A failed load is retried. */
  async prepare(): Promise<void> {
    await load().catch(() => undefined);
  }

  /** @returns a function that takes the message away, or stops it from coming */
  private open(message: string, action: string, config: MatSnackBarConfig, act?: () => void): () => void {
    let takeAway: (() => void) | undefined;
    let unwanted = false;
    const show = async () => {
      const { MatSnackBar } = await load();
      if (unwanted) return;
      const shown = this.injector.get(MatSnackBar).open(message, action, config);
      takeAway = () => shown.dismiss();
      if (act) shown.onAction().subscribe(act);
    };
    show().catch((error: unknown) => console.error(error));
    return () => {
      unwanted = true;
      takeAway?.();
    };
  }
}

const load = () => import('@angular/material/snack-bar');
