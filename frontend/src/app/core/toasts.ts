import { inject, Injector, Service } from '@angular/core';
import { MatSnackBar } from '@angular/material/snack-bar';
import { Texts } from '../texts/texts';
import { explain, Subject, toProblem } from './problem';

const SHORT_MS = 6000;

/** Short messages at the bottom edge, read out politely. */
@Service()
export class Toasts {
  private readonly injector = inject(Injector);
  private readonly shell = inject(Texts).shell;

  /** Made when there is something to say: the start of every page is spared it. */
  private get snackBar(): MatSnackBar {
    return this.injector.get(MatSnackBar);
  }

  say(message: string): void {
    this.snackBar.open(message, this.shell().dismiss, { duration: SHORT_MS });
  }

  /** A message that stays until dismissed, because it is to be read in peace, or until its action is taken. */
  keep(message: string, action?: { readonly label: string; readonly act: () => void }): void {
    const shown = this.snackBar.open(message, action?.label ?? this.shell().dismiss);
    if (action) shown.onAction().subscribe(() => action.act());
  }

  /** A message with a way back. @returns a function that takes the offer back, for when its page is left */
  offer(message: string, action: string, act: () => void): () => void {
    const shown = this.snackBar.open(message, action, { duration: SHORT_MS });
    shown.onAction().subscribe(() => act());
    return () => shown.dismiss();
  }

  /** A command that failed; stays until dismissed. */
  failed(error: unknown, subject?: Subject): void {
    const problem = toProblem(error);
    const { text, known } = explain(problem, subject);
    this.snackBar.open(known ? text : `${text} (${problem.code})`, this.shell().dismiss, { politeness: 'assertive' });
  }
}
