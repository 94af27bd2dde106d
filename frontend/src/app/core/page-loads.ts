import { inject } from '@angular/core';
import { NavigationError } from '@angular/router';
import { Texts } from '../texts/texts';
import { LEAVE } from './sign-in';
import { Toasts } from './toasts';

/**
 * Handles a page that could not be opened, usually because its file could not be loaded: there is no network, or a newer
 * version has replaced it. The previous page stays; the message offers a reload, which helps in both cases.
 */
export function pageNotLoaded({ url, error }: NavigationError): void {
  const toasts = inject(Toasts);
  const leave = inject(LEAVE);
  const { pageNotLoaded, reload } = inject(Texts).shell();
  console.warn(error);
  toasts.keep(pageNotLoaded, { label: reload, act: () => leave(url) });
}
