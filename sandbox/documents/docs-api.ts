import type { DriveStore, Item } from '../drive/drive-store.ts';
import type { FileWriter } from '../drive/file-writer.ts';
import type { Call } from '../http/call.ts';
import type { Endpoints } from '../http/endpoint.ts';
import { googleError } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, type Mask } from '../http/fields.ts';
import { schemaOf } from '../http/json-types.ts';
import { isTrue } from '../http/query-types.ts';
import { DocsBatch, type SegmentShift } from './docs-requests.ts';
import { documentResource, VIEW_MODES, type ViewMode } from './docs-resource.ts';
import { DOCS_TYPES } from './docs-types.ts';
import { GOOGLE_DOCUMENT } from './documents.ts';
import {
  factsOf,
  FILE_ERRORS,
  keepEdit,
  keptReply,
  lookupFor,
  maskOfCall,
  mayEdit,
  openDocument,
  openForEdit,
  readRequest,
  revisionIdOf,
} from './editor-file.ts';
import { emptyTextDocument, type TextDocument } from './text-document.ts';

/** The Docs API (https://developers.google.com/workspace/docs/api/reference/rest). */
export const DOCS_ENDPOINTS = {
  'documents.get': {
    at: 'GET /v1/documents/{fileId}',
    handle: ({ docs }, call) => docs.get(call),
    scopes: 'documentsRead',
    cost: 'docsRead',
    typicalMs: 250,
    errors: [...FILE_ERRORS],
  },
  'documents.create': {
    at: 'POST /v1/documents',
    handle: ({ docs }, call) => docs.create(call),
    scopes: 'documentsWrite',
    cost: 'docsWrite',
    typicalMs: 700,
    errors: ['unknownName', 'invalidArgument', 'activeItemCreationLimitExceeded', 'noPermission'],
  },
  'documents.batchUpdate': {
    at: 'POST /v1/documents/{fileId}:batchUpdate',
    handle: ({ docs }, call) => docs.batchUpdate(call),
    scopes: 'documentsWrite',
    cost: 'docsWrite',
    typicalMs: 500,
    errors: [
      ...FILE_ERRORS,
      'unknownName',
      'invalidRequest',
      'requestNotModelled',
      'revisionMismatch',
      'revisionTooOld',
    ],
  },
} as const satisfies Endpoints;

const DOCUMENT_SCHEMA = schemaOf(DOCS_TYPES, 'Document');
const REPLY_SCHEMA = schemaOf(DOCS_TYPES, 'BatchUpdateDocumentResponse');
/** Number and age of the revisions that a write can still target: Google says "several minutes". */
const TARGETS_KEPT = 100;
const TARGET_MS = 10 * 60_000;

interface Edit {
  revision: number;
  at: number;
  shifts: readonly SegmentShift[];
}

/** The Docs API for the documents that Drive exports and copies. */
export class DocsApi {
  private readonly store: DriveStore;
  private readonly writer: FileWriter;
  private readonly now: () => number;
  /** The latest edits of each document, for writes that target an earlier revision. */
  private readonly edits = new WeakMap<Item, Edit[]>();

  constructor(store: DriveStore, writer: FileWriter, now: () => number) {
    this.store = store;
    this.writer = writer;
    this.now = now;
  }

  get(call: Call): Reply {
    const { item, model } = openDocument(call, this.store, 'document');
    const { query } = call.exchange;
    const edits = mayEdit(call, this.store, item);
    const mode = viewModeOf(query.get('suggestionsViewMode'), edits);
    const options = { mode, includeTabsContent: isTrue(query, 'includeTabsContent') };
    return this.answer(call, item, model, { edits, mask: maskOfCall(call, DOCUMENT_SCHEMA), ...options });
  }

  async create(call: Call): Promise<Reply> {
    const mask = maskOfCall(call, DOCUMENT_SCHEMA);
    const body = await readRequest(call, DOCS_TYPES, 'Document');
    const title = typeof body['title'] === 'string' && body['title'] !== '' ? body['title'] : 'Untitled document';
    const metadata = { name: title, mimeType: GOOGLE_DOCUMENT };
    const model = emptyTextDocument();
    const item = this.writer.createDocument(call, metadata, model);
    const options = { mode: 'SUGGESTIONS_INLINE', includeTabsContent: false } as const;
    return this.answer(call, item, model, { edits: mayEdit(call, this.store, item), mask, ...options });
  }

  async batchUpdate(call: Call): Promise<Reply> {
    const body = await readRequest(call, DOCS_TYPES, 'BatchUpdateDocumentRequest');
    const { item, model } = openForEdit(call, this.store, 'document');
    const unseen = this.unseenBy(item, model, body['writeControl'] ?? {});
    const mask = maskOfCall(call, REPLY_SCHEMA);
    const { account } = call.caller;
    // All or nothing: the requests change a copy, which replaces the document after all of them have succeeded.
    const copy = structuredClone(model);
    const batch = new DocsBatch(copy, lookupFor(call, this.store), {
      editsSuggestions: this.store.switches.suggestedText === 'edit',
      unseen,
    });
    const replies = batch.run((body['requests'] ?? []) as Record<string, unknown>[]);
    copy.revision++;
    this.noteEdit(item, copy.revision, batch.shifts);
    keepEdit(this.store, item, copy, account, this.now());
    const writeControl = { requiredRevisionId: revisionIdOf(item, copy.revision) };
    return { status: 200, json: applyMask({ documentId: item.id, replies, writeControl }, mask) };
  }

  /** Records an edit, so that the indexes of a write that targets an earlier revision can be shifted. */
  noteEdit(item: Item, revision: number, shifts: readonly SegmentShift[]): void {
    const earlier = this.edits.get(item) ?? [];
    this.edits.set(item, [...earlier, { revision, at: this.now(), shifts }].slice(-TARGETS_KEPT));
  }

  /**
   * The shifts since the revision that a write targets.
   * @throws GoogleError 400 if the required revision is not the latest, or the target revision is too old
   */
  private unseenBy(item: Item, { revision }: TextDocument, control: WriteControl): SegmentShift[] {
    const { requiredRevisionId, targetRevisionId } = control;
    if (requiredRevisionId && targetRevisionId)
      throw googleError('invalidArgument', {
        why: "Invalid value at 'write_control' (oneof), oneof field 'control' is already set. Cannot set 'targetRevisionId'",
      });
    if (requiredRevisionId && requiredRevisionId !== revisionIdOf(item, revision))
      throw googleError('revisionMismatch', { id: requiredRevisionId });
    if (!targetRevisionId || targetRevisionId === revisionIdOf(item, revision)) return [];
    const edits = this.edits.get(item) ?? [];
    const first = edits.findIndex((edit) => revisionIdOf(item, edit.revision - 1) === targetRevisionId);
    const isComplete = edits.length - first === revision - (edits[first]?.revision ?? 0) + 1;
    // An upload over the document is an edit, too, but leaves no index where it was.
    if (first < 0 || !isComplete || this.now() - (edits[first]?.at ?? 0) > TARGET_MS)
      throw googleError('revisionTooOld', { id: targetRevisionId });
    return edits.slice(first).flatMap(({ shifts }) => shifts);
  }

  private answer(
    call: Call,
    item: Item,
    model: TextDocument,
    { edits, mask, ...options }: { edits: boolean; mask: Mask; mode: ViewMode; includeTabsContent: boolean },
  ): Reply {
    const facts = factsOf(item, model, edits);
    const key = JSON.stringify([facts, options, call.exchange.query.get('fields')]);
    return keptReply(model, key, () => applyMask(documentResource(model, facts, options), mask));
  }
}

interface WriteControl {
  requiredRevisionId?: string;
  targetRevisionId?: string;
}

/** @throws GoogleError 400 for an unknown mode, 403 for suggestions that the caller may not see */
function viewModeOf(asked: string | null, edits: boolean): ViewMode {
  if (asked === null || asked === '' || asked === 'DEFAULT_FOR_CURRENT_ACCESS')
    return edits ? 'SUGGESTIONS_INLINE' : 'PREVIEW_WITHOUT_SUGGESTIONS';
  const mode = VIEW_MODES.find((each) => each === asked);
  if (!mode)
    throw googleError('invalidArgument', {
      why: `Invalid value at 'suggestions_view_mode' (type.googleapis.com/google.apps.docs.v1.SuggestionsViewMode), ${JSON.stringify(asked)}`,
    });
  if (!edits && mode !== 'PREVIEW_WITHOUT_SUGGESTIONS') throw googleError('noPermission');
  return mode;
}
