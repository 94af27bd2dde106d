import { Clipboard } from '@angular/cdk/clipboard';
import { inject } from '@angular/core';
import { Texts } from '../../texts/texts';
import { Toasts } from '../toasts';

/** Copies an address, and reports whether the browser allowed it. Needs an injection context. */
export function addressCopier(): (address: string) => void {
  const clipboard = inject(Clipboard);
  const toasts = inject(Toasts);
  const texts = inject(Texts).links;
  return (address) => {
    const { copied, notCopied } = texts().address;
    if (clipboard.copy(address)) toasts.say(copied);
    else toasts.keep(notCopied(address));
  };
}
