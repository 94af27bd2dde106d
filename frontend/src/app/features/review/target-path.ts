import { computed, inject, Signal } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { map } from 'rxjs';
import { driveGetFolderPath as folderPath } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { namesOf, toFolderPath } from '../../core/folder-path';
import { folderOf } from '../../core/plan-labels';
import { valueOf } from '../../core/resource-parts';
import { isSameJson } from '../../core/same-json';
import { SessionStore } from '../../core/sessions';
import { Preflight } from '../../api/models/preflight';

/** The path of the copies. Until it is loaded, only the folder's name is known. Needs an injection context. */
export function targetPathOf(preflight: Signal<Preflight | undefined>): Signal<string> {
  const api = inject(ApiClient);
  const sessions = inject(SessionStore);
  const target = computed(() => preflight()?.target, { equal: isSameJson });
  const path = rxResource({
    params: () => {
      const id = target()?.folderId;
      return sessions.status('destination').state === 'connected' && id !== 'root' ? id : undefined;
    },
    stream: ({ params: id }) => api.request(folderPath, { id }, 'destination').pipe(map(toFolderPath)),
  });
  return computed(() => {
    const where = target();
    if (!where) return '';
    const known = valueOf(path);
    const names = known ? namesOf(known) : [folderOf(where)];
    return [...names, where.newFolderName].filter(Boolean).join(' / ');
  });
}
