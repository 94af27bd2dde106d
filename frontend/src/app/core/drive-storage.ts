import { computed, inject, Signal } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { driveGetInfo } from '../api/functions';
import { ApiClient } from './api-client';
import { valueOf } from './resource-parts';
import { SessionStore } from './sessions';
import { Side } from './side';

/** The Drive of a side's account and its storage, loaded once the account is connected. Needs an injection context. */
export function driveStorage(side: Signal<Side>) {
  const api = inject(ApiClient);
  const sessions = inject(SessionStore);
  const drive = rxResource({
    params: () => (sessions.status(side()).state === 'connected' ? sessions.account(side())?.email : undefined),
    stream: () => api.request(driveGetInfo, {}, side()),
  });
  return {
    drive,
    /** Undefined until loaded. Without a limit, `limit` is null and `percent` is undefined. */
    storage: computed(() => {
      const storage = valueOf(drive)?.storage;
      if (!storage) return undefined;
      const { used, limit } = storage;
      const share = limit === null ? undefined : limit > 0 ? used / limit : 1;
      return { used, limit, percent: share && Math.min(100, share * 100) };
    }),
  };
}
