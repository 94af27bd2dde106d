import { inject, Injector, Service, Type } from '@angular/core';
import type { MatDialogConfig } from '@angular/material/dialog';
import { firstValueFrom } from 'rxjs';
import { Texts } from '../texts/texts';
import { Toasts } from './toasts';

/** Opens dialogs. Their code is loaded when needed, which keeps the first load small. */
@Service()
export class Dialogs {
  private readonly injector = inject(Injector);
  private readonly toasts = inject(Toasts);
  private readonly shell = inject(Texts).shell;

  /**
   * Opens a dialog; a toast reports if it could not be loaded.
   * @returns its result; undefined also if another dialog is open, because only one can be
   */
  async open<Result>(load: () => Promise<Type<unknown>>, config: MatDialogConfig): Promise<Result | undefined> {
    const parts = await Promise.all([import('@angular/material/dialog'), load()]).catch(() => undefined);
    if (!parts) {
      this.toasts.keep(this.shell().pageNotLoaded);
      return undefined;
    }
    const [{ MatDialog }, content] = parts;
    const dialog = this.injector.get(MatDialog);
    if (dialog.openDialogs.length > 0) return undefined;
    return firstValueFrom(dialog.open<unknown, unknown, Result>(content, config).afterClosed());
  }
}
