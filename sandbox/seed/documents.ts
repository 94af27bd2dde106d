import { describedDocument } from '../documents/describe-text.ts';
import { describedPresentation } from '../documents/describe-slides.ts';
import type { Lookup } from '../documents/chips.ts';
import {
  type DocumentModel,
  GOOGLE_DOCUMENT,
  GOOGLE_FORM,
  GOOGLE_PRESENTATION,
  GOOGLE_SPREADSHEET,
} from '../documents/documents.ts';
import { describedForm } from '../documents/forms-api.ts';
import { editByHand } from '../documents/docs-requests.ts';
import { RequestProblem, TOO_LONG } from '../documents/rich-text.ts';
import { describedSpreadsheet, editSheetByHand } from '../documents/sheets/describe.ts';
import { editSlidesByHand } from '../documents/slides-requests.ts';
import { tabOf } from '../documents/text-document.ts';
import { keepEdit, revisionIdOf } from '../documents/editor-file.ts';
import type { Account, DriveStore, Item } from '../drive/drive-store.ts';
import { SandboxUsageError } from '../http/errors.ts';
import type { SandboxState } from '../sandbox-state.ts';

/** Kinds of documents that can be described, by the name of the field. */
const DESCRIBED = {
  document: { mimeType: GOOGLE_DOCUMENT, read: describedDocument },
  spreadsheet: { mimeType: GOOGLE_SPREADSHEET, read: describedSpreadsheet },
  presentation: { mimeType: GOOGLE_PRESENTATION, read: describedPresentation },
  form: { mimeType: GOOGLE_FORM, read: describedForm },
} as const satisfies Record<string, { mimeType: string; read: (input: unknown, lookup: Lookup) => DocumentModel }>;

/**
 * Creates a Google document from a short description: `document`, `presentation`, `spreadsheet` or `form`.
 * @throws SandboxUsageError naming the invalid part
 */
export function arrangeDocument(
  store: DriveStore,
  owner: Account,
  parent: Item,
  { name, ...input }: { name: string } & { [Kind in keyof typeof DESCRIBED]?: object | undefined },
): Item {
  const kinds = (Object.keys(DESCRIBED) as (keyof typeof DESCRIBED)[]).filter((kind) => input[kind] !== undefined);
  const [kind, ...others] = kinds;
  if (!kind || others.length > 0) throw new SandboxUsageError(`Give one of ${Object.keys(DESCRIBED).join(', ')}.`);
  const { mimeType, read } = DESCRIBED[kind];
  const lookup: Lookup = { file: (id) => store.item(id), person: (email) => store.account(email)?.name };
  return store.create({ name, mimeType, owner, parent, document: read(input[kind], lookup) });
}

/**
 * Edits a Google document as a person who has it open; `account` is the owner unless given.
 * @throws SandboxUsageError that names the field, for a file that is not a document, or a wrong text, index or tab
 */
export function editDocument(
  state: SandboxState,
  {
    fileId,
    text = 'Edited meanwhile. ',
    index,
    tabId,
    account,
  }: {
    fileId: string;
    text?: string | undefined;
    index?: number | undefined;
    tabId?: string | undefined;
    account?: string | undefined;
  },
): { id: string; revisionId: string } {
  const item = documentItem(state.store, fileId);
  const by = state.store.knownAccount(account ?? item.owner.email ?? state.firstAccount.email);
  const before = item.document as DocumentModel;
  if (before.kind !== 'document')
    for (const [field, value] of Object.entries({ index, tabId }))
      if (value !== undefined) throw new SandboxUsageError(`${field}: Only a Google Doc has it, not a ${before.kind}.`);
  const document = before.kind === 'spreadsheet' ? editSheetByHand(before, text) : structuredClone(before);
  if (document.kind === 'presentation') {
    naming('text', () => editSlidesByHand(document, text));
    document.revision++;
  } else if (document.kind === 'document') {
    naming('tabId', () => tabOf(document, tabId));
    const shift = naming(index === undefined ? 'text' : 'index', () => editByHand(document, text, index, tabId));
    document.revision++;
    state.apis.docs.noteEdit(item, document.revision, [shift]);
  }
  keepEdit(state.store, item, document, by, state.now());
  return { id: item.id, revisionId: revisionIdOf(item, 'revision' in document ? document.revision : 0) };
}

/** Names the field of the control API that a refused edit is about. */
function naming<Result>(field: string, edit: () => Result): Result {
  try {
    return edit();
  } catch (error) {
    if (!(error instanceof RequestProblem)) throw error;
    throw new SandboxUsageError(`${error.message === TOO_LONG ? 'text' : field}: ${error.message}`);
  }
}

/** @throws SandboxUsageError if it does not exist */
export function documentItem(store: DriveStore, fileId: string): Item {
  const item = store.item(fileId);
  if (!item?.document) throw new SandboxUsageError(`fileId: There is no document ${fileId}.`);
  return item;
}
