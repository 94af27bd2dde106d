import { computed, Signal } from '@angular/core';
import { moved as german } from '../../texts/de/moved';
import { moved as english } from '../../texts/en/moved';
import { Texts } from '../../texts/texts';

/** The texts of this page, which is opened too rarely for the first load. */
export const movedTexts = ({ language }: Texts): Signal<typeof english> =>
  computed(() => ({ en: english, de: german })[language()]);
