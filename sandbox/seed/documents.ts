import { describedDocument, objectAt } from '../documents/describe-text.ts';
import { describedPresentation } from '../documents/describe-slides.ts';
import { type Lookup } from '../documents/chips.ts';
import {
  type DocumentModel,
  GOOGLE_DOCUMENT,
  GOOGLE_PRESENTATION,
  GOOGLE_SPREADSHEET,
} from '../documents/documents.ts';
import { editByHand } from '../documents/docs-requests.ts';
import { RequestProblem } from '../documents/rich-text.ts';
import { describedSpreadsheet, editSheetByHand } from '../documents/sheets/describe.ts';
import { editSlidesByHand } from '../documents/slides-requests.ts';
import { keepEdit, revisionIdOf } from '../documents/editor-file.ts';
import type { Account, DriveStore, Item } from '../drive/drive-store.ts';
import { SandboxUsageError } from '../http/errors.ts';
import type { World } from '../world.ts';

/** Kinds of documents that can be described, by the name of the field. */
const DESCRIBED: Readonly<
  Record<string, { mimeType: string; read: (input: unknown, lookup: Lookup) => DocumentModel }>
> = {
  document: { mimeType: GOOGLE_DOCUMENT, read: describedDocument },
  spreadsheet: { mimeType: GOOGLE_SPREADSHEET, read: describedSpreadsheet },
  presentation: { mimeType: GOOGLE_PRESENTATION, read: describedPresentation },
};

/**
 * Creates a Google document from a short description: `document`, `presentation` or `spreadsheet`.
 * @throws SandboxUsageError naming the invalid part
 */
export function arrangeDocument(store: DriveStore, owner: Account, parent: Item, input: Record<string, unknown>): Item {
  const [kind, ...others] = Object.keys(DESCRIBED).filter((name) => input[name] !== undefined);
  const described = kind === undefined ? undefined : DESCRIBED[kind];
  if (!described || others.length > 0) throw new SandboxUsageError(`Give one of ${Object.keys(DESCRIBED).join(', ')}.`);
  const name = input['name'];
  if (typeof name !== 'string' || name === '') throw new SandboxUsageError('name is missing.');
  const lookup: Lookup = { file: (id) => store.item(id), person: (email) => store.account(email)?.name };
  const document = described.read(input[kind ?? ''], lookup);
  return store.create({ name, mimeType: described.mimeType, owner, parent, document });
}

/**
 * Edits a Google document as a person who has it open.
 * @throws SandboxUsageError for a file that is not a document, or an invalid index
 */
export function editDocument(world: World, input: Record<string, unknown>): { id: string; revisionId: string } {
  const { fileId, text, index, tabId, account } = objectAt(input, 'The edit', [
    'fileId',
    'text',
    'index',
    'tabId',
    'account',
  ]) as { fileId?: unknown; text?: unknown; index?: unknown; tabId?: unknown; account?: unknown };
  const item = documentItem(world.store, fileId);
  const by = world.store.knownAccount(
    typeof account === 'string' ? account : (item.owner.email ?? world.firstAccount.email),
  );
  const words = typeof text === 'string' ? text : 'Edited meanwhile. ';
  const place = typeof index === 'number' ? index : undefined;
  const before = item.document as DocumentModel;
  const document = before.kind === 'spreadsheet' ? editSheetByHand(before, words) : structuredClone(before);
  try {
    if (document.kind === 'presentation') {
      editSlidesByHand(document, words);
      document.revision++;
    } else if (document.kind === 'document') {
      const shift = editByHand(document, words, place, typeof tabId === 'string' ? tabId : undefined);
      document.revision++;
      world.apis.docs.noteEdit(item, document.revision, [shift]);
    }
  } catch (error) {
    throw error instanceof RequestProblem ? new SandboxUsageError(error.message) : error;
  }
  keepEdit(world.store, item, document, by, world.now());
  return { id: item.id, revisionId: revisionIdOf(item, 'revision' in document ? document.revision : 0) };
}

/** @throws SandboxUsageError if it does not exist */
export function documentItem(store: DriveStore, fileId: unknown): Item {
  const item = typeof fileId === 'string' ? store.item(fileId) : undefined;
  if (!item?.document) throw new SandboxUsageError(`There is no document ${String(fileId)}.`);
  return item;
}
