import { effect, inject, Injector, Service, untracked } from '@angular/core';
import type { MatSnackBarConfig } from '@angular/material/snack-bar';
import { Texts } from '../texts/texts';
import { Connection } from './connection';
import { explain, isOutage, Subject, toProblem } from './problem';

const SHORT_MS = 6000;

/** Short messages at the bottom edge, announced politely. Their component is loaded after the first page. */
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

  /** Shows a message until it is dismissed or its action is selected. */
  keep(message: string, action?: { readonly label: string; readonly act: () => void }): void {
    this.open(message, action?.label ?? this.shell().dismiss, {}, action?.act);
  }

  /** Shows a message with an action, such as an undo. @returns a function that removes it, for when its page is left */
  offer(message: string, action: string, act: () => void): () => void {
    return this.open(message, action, { duration: SHORT_MS }, act);
  }

  /** Reports a failed command. Stays until dismissed, or until the outage that caused it has ended. */
  failed(error: unknown, subject?: Subject): void {
    const problem = toProblem(error);
    const { text, known } = explain(problem, subject);
    const message = known ? text : `${text} (${problem.code})`;
    const dismiss = this.open(message, this.shell().dismiss, { politeness: 'assertive' });
    this.dismissOutage = isOutage(problem) ? dismiss : undefined;
  }

  /** Loads the component, so that messages can also be shown offline. If it fails, the next message tries again. */
  async prepare(): Promise<void> {
    await load().catch(() => undefined);
  }

  /** @returns a function that removes the message, or prevents it if it is not shown yet */
  private open(message: string, action: string, config: MatSnackBarConfig, act?: () => void): () => void {
    let dismiss: (() => void) | undefined;
    let isCanceled = false;
    const show = async () => {
      const { MatSnackBar } = await load();
      if (isCanceled) return;
      const shown = this.injector.get(MatSnackBar).open(message, action, config);
      dismiss = () => shown.dismiss();
      if (act) shown.onAction().subscribe(act);
    };
    show().catch((error: unknown) => console.error(error));
    return () => {
      isCanceled = true;
      dismiss?.();
    };
  }
}

const load = () => import('@angular/material/snack-bar');
