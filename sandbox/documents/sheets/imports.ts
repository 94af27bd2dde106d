import type { DriveStore } from '../../drive/drive-store.ts';
import type { Imports } from './evaluate.ts';
import type { Spreadsheet } from './model.ts';

/**
 * IMPORTRANGE between the spreadsheets of a Drive. Each pair needs a person's permission once, and works while that
 * person may read the source (https://support.google.com/docs/answer/3093340).
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

/** A spreadsheet that may import from another one, which a person has allowed. */
export function allowImport(into: Spreadsheet, from: string, by: string): Spreadsheet {
  const others = (into.imports ?? []).filter((each) => each.from !== from);
  return { ...into, imports: [...others, { from, by }] };
}
