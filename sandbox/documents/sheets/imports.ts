import type { DriveStore } from '../../drive/drive-store.ts';
import type { Imports } from './evaluate.ts';
import type { Spreadsheet } from './model.ts';

/**
 * IMPORTRANGE between spreadsheets. A person must allow each pair once; the import works while that person may read the
 * source (https://support.google.com/docs/answer/3093340).
 */
export function importsOf(store: DriveStore): Imports {
  return {
    open: ({ imports }, id) => {
      const allowed = imports?.find(({ from }) => from === id);
      if (!allowed) return 'unconnected';
      const item = store.item(id);
      const person = store.account(allowed.by);
      if (item?.document?.kind !== 'spreadsheet' || !person || !store.roleOf(item, person)) return 'unknown';
      return item.document;
    },
  };
}

/** A spreadsheet that a person has allowed to import from another. */
export function allowImport(into: Spreadsheet, from: string, by: string): Spreadsheet {
  const others = (into.imports ?? []).filter((each) => each.from !== from);
  return { ...into, imports: [...others, { from, by }] };
}
