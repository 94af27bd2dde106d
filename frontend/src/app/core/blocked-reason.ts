import { computed, inject, Signal } from '@angular/core';
import { Texts } from '../texts/texts';
import { Connection } from './connection';
import { SessionStore } from './sessions';
import { SIDES } from './side';

/** Why nothing can be counted or started in this browser: it is offline, or a side is not connected. Empty if it can. */
export function blockedReason(): Signal<string> {
  const offline = inject(Connection).offline;
  const sessions = inject(SessionStore);
  const texts = inject(Texts).shell;
  return computed(() => {
    const t = texts().blockedReason;
    if (offline()) return t.offline;
    const side = SIDES.find((each) => sessions.status(each).state !== 'connected');
    if (!side) return '';
    return (['absent', 'ended'].includes(sessions.status(side).state) ? t.notConnected : t.notChecked)[side];
  });
}
