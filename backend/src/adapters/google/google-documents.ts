import { isDeepStrictEqual } from 'node:util';
import { DocumentRefusedError, DriveError, undefinedIfNotFound } from '../../engine/errors.js';
import type { NewId } from '../../engine/links/drive-addresses.js';
import {
  type DocumentLink,
  type LinkGroup,
  type PlannedLink,
  planRewrite,
  type RewritePlan,
} from '../../engine/links/document-links.js';
import type { DocumentKind, LinkCode } from '../../engine/model/links.js';
import type { Documents, LinkedDocument } from '../../engine/ports/documents.js';
import { AnswerTooLargeError, flag, listOf, objectOf, type Reader, text } from './google-answers.js';
import type { GoogleClient } from './google-client.js';
import { classOf, GoogleRefusal, isDailyLimit } from './google-errors.js';
import type { GoogleRequest } from './google-transport.js';
import { type BatchRequest, guardedUpdate, MAX_REQUESTS } from './links/batch-update.js';
import { DOCUMENT_FIELDS, linksInDocument, readDocument } from './links/docs-links.js';
import { FORM_FIELDS, linksInForm, readForm } from './links/forms-links.js';
import { isUnguarded, linksInSpreadsheet, readSpreadsheet, SPREADSHEET_FIELDS } from './links/sheets-links.js';
import { linksInPresentation, PRESENTATION_FIELDS, readPresentation } from './links/slides-links.js';

/** What a document contains, as far as its links are concerned. */
interface Content {
  /** Of Docs and Slides; "only populated if the user has edit access" (their references). */
  readonly revisionId?: string | undefined;
  readonly links: readonly DocumentLink[];
  plan(newIdOf: NewId): RewritePlan<BatchRequest>;
}

/** A reader of a document that keeps only its links. */
const contentOf =
  <T extends object>(read: Reader<T>, linksIn: (document: T) => Iterable<LinkGroup<BatchRequest>>): Reader<Content> =>
  (value, at) => {
    const document: T & { readonly revisionId?: string } = read(value, at);
    const groups = [...linksIn(document)];
    return {
      revisionId: document.revisionId,
      links: groups.flatMap(({ links }) => links),
      plan: (newIdOf) => planRewrite(groups, newIdOf, MAX_REQUESTS),
    };
  };

/** How a kind of document is read. */
interface Editor {
  readonly path: string;
  readonly query: NonNullable<GoogleRequest['query']>;
  readonly read: Reader<Content>;
}

const EDITORS: Readonly<Record<DocumentKind, Editor>> = {
  document: {
    path: '/v1/documents',
    query: { includeTabsContent: true, fields: DOCUMENT_FIELDS },
    read: contentOf(readDocument, linksInDocument),
  },
  spreadsheet: {
    path: '/v4/spreadsheets',
    query: { fields: SPREADSHEET_FIELDS },
    read: contentOf(readSpreadsheet, linksInSpreadsheet),
  },
  presentation: {
    path: '/v1/presentations',
    query: { fields: PRESENTATION_FIELDS },
    read: contentOf(readPresentation, linksInPresentation),
  },
  form: { path: '/v1/forms', query: { fields: FORM_FIELDS }, read: contentOf(readForm, linksInForm) },
};

const readUpdated = objectOf({ writeControl: objectOf({ requiredRevisionId: text }, {}) }, {});
const readUpdatedSpreadsheet = objectOf({ updatedSpreadsheet: EDITORS.spreadsheet.read }, {});
const readObstacles = objectOf({}, { trashed: flag, contentRestrictions: listOf(objectOf({}, { readOnly: flag })) });

/** Google's reasons for a request to an API that is switched off, in the newer and the older format of errors. */
const API_OFF: ReadonlySet<string> = new Set(['SERVICE_DISABLED', 'accessNotConfigured']);

/** Whose documents, and who counts the requests. */
type Account = Pick<GoogleRequest, 'credentialId' | 'side' | 'onSlowDown' | 'count'>;

/** The documents of an account, through the APIs of Docs, Sheets, Slides and Forms. */
export class GoogleDocuments implements Documents {
  constructor(
    private readonly client: GoogleClient,
    private readonly account: Account,
  ) {}

  async read(id: string, kind: DocumentKind, signal: AbortSignal): Promise<LinkedDocument> {
    const file = new DocumentFile(this.client, this.account, id, kind);
    return new GoogleLinkedDocument(file, await file.content(signal));
  }
}

/** Sends one batch of requests. @returns the document after it, if Google's response has it */
type SendBatch = (batch: readonly BatchRequest[]) => Promise<Content | undefined>;

class GoogleLinkedDocument implements LinkedDocument {
  constructor(
    private readonly file: DocumentFile,
    private readonly content: Content,
  ) {}

  get links(): readonly DocumentLink[] {
    return this.content.links;
  }

  plan(newIdOf: NewId): readonly PlannedLink[] {
    return this.content.plan(newIdOf).links;
  }

  async rewrite(newIdOf: NewId, signal: AbortSignal): Promise<LinkedDocument> {
    const plan = this.content.plan(newIdOf);
    if (plan.batches.length === 0) return this;
    const { file } = this;
    const send =
      file.kind === 'spreadsheet' ? await this.sendToSheets(plan, newIdOf, signal) : await this.sendGuarded(signal);
    // After the first batch, a refusal no longer means that nothing is written.
    const laterBatch = (error: unknown): never => {
      throw error instanceof DocumentRefusedError ? new DriveError('ambiguous_write', { cause: error }) : error;
    };
    let after: Content | undefined;
    for (const [index, batch] of plan.batches.entries())
      after = await (index === 0 ? send(batch) : send(batch).catch(laterBatch));
    return new GoogleLinkedDocument(file, after ?? (await file.content(signal).catch(laterBatch)));
  }

  /** Docs and Slides: each batch requires the revision that the one before it has made. */
  private async sendGuarded(signal: AbortSignal): Promise<SendBatch> {
    const { file } = this;
    let revision = this.content.revisionId ?? (await file.throwObstacle(signal));
    return async (batch) => {
      const query = { fields: 'writeControl(requiredRevisionId)' };
      const { writeControl } = await file.update(guardedUpdate(batch, revision), query, readUpdated, signal, revision);
      revision = writeControl.requiredRevisionId;
      return undefined;
    };
  }

  /**
   * Sheets has no revision guard. If a request is unguarded, the spreadsheet is read again between two checks of the
   * file's `version`, the second one directly before the write.
   * @throws DocumentRefusedError `edited_meanwhile`
   */
  private async sendToSheets(plan: RewritePlan<BatchRequest>, newIdOf: NewId, signal: AbortSignal): Promise<SendBatch> {
    const { file } = this;
    const send: SendBatch = async (requests) => {
      const body = { requests, includeSpreadsheetInResponse: true, responseIncludeGridData: true };
      const query = { fields: `updatedSpreadsheet(${SPREADSHEET_FIELDS})` };
      return (await file.update(body, query, readUpdatedSpreadsheet, signal)).updatedSpreadsheet;
    };
    if (!plan.batches.flat().some(isUnguarded)) return send;
    let version = await file.version(signal);
    const now = await file.content(signal);
    if (!isDeepStrictEqual(now.plan(newIdOf), plan)) throw new DocumentRefusedError('edited_meanwhile');
    return async (batch) => {
      if ((await file.version(signal)) !== version) throw new DocumentRefusedError('edited_meanwhile');
      const after = await send(batch);
      if (batch !== plan.batches.at(-1)) version = await file.version(signal);
      return after;
    };
  }
}

/** Requests about one document; they throw its refusals as DocumentRefusedError. */
class DocumentFile {
  constructor(
    private readonly client: GoogleClient,
    private readonly account: Account,
    private readonly id: string,
    readonly kind: DocumentKind,
  ) {}

  content(signal: AbortSignal): Promise<Content> {
    const { query, read } = EDITORS[this.kind];
    return this.get(query, read, signal).catch((error: unknown) => this.throwRefusal(error, signal));
  }

  /**
   * Changes the document.
   * @param revision that the body requires
   * @throws DriveError `ambiguous_write`
   */
  update<T>(
    body: object,
    query: GoogleRequest['query'],
    read: Reader<T>,
    signal: AbortSignal,
    revision?: string,
  ): Promise<T> {
    const request: GoogleRequest = {
      ...this.account,
      method: 'POST',
      path: `${this.path}:batchUpdate`,
      ...(query && { query }),
      body,
      signal,
    };
    return this.client
      .json(request, read)
      .catch((error: unknown) => this.throwRefusal(error, signal, { isWrite: true, revision }));
  }

  /** "Every change made to the file on the server" increases it (reference of `files`). */
  async version(signal: AbortSignal): Promise<string> {
    const { version } = await this.metadata('version', objectOf({ version: text }, {}), signal).catch(
      (error: unknown) => this.throwRefusal(error, signal),
    );
    return version;
  }

  /** Throws why the account may not edit the document. */
  async throwObstacle(signal: AbortSignal): Promise<never> {
    throw this.refused((await this.obstacle(signal)) ?? 'no_edit_right');
  }

  private async throwRefusal(
    error: unknown,
    signal: AbortSignal,
    { isWrite = false, revision }: { readonly isWrite?: boolean; readonly revision?: string | undefined } = {},
  ): Promise<never> {
    const { cause } = error as { readonly cause?: unknown };
    if (!(error instanceof DriveError) || error.code === 'ambiguous_write') throw error;
    if (cause instanceof AnswerTooLargeError) throw this.refused('too_large', error);
    if (!(cause instanceof GoogleRefusal)) throw error;
    const { status, reason } = cause;
    // Google answers so for some documents, however often they are read; other documents are read without errors.
    if (status === 500) throw this.refused('refused', error);
    if (classOf(cause) !== 'final' || isDailyLimit(cause)) throw error;
    if (API_OFF.has(reason)) throw this.refused('api_off', error);
    if (status === 404) throw this.refused('document_missing', error);
    if (status === 400 && revision !== undefined) {
      const { revisionId } = await this.get({ fields: 'revisionId' }, objectOf({}, { revisionId: text }), signal);
      throw this.refused(revisionId === revision ? 'refused' : 'edited_meanwhile', error);
    }
    const obstacle = status === 403 ? await this.obstacle(signal) : undefined;
    if (obstacle === 'document_missing' || (obstacle && isWrite)) throw this.refused(obstacle, error);
    throw this.refused(isWrite && reason === 'PERMISSION_DENIED' ? 'no_edit_right' : 'refused', error);
  }

  /** Why the document cannot be edited, as far as Drive states it. */
  private async obstacle(signal: AbortSignal): Promise<LinkCode | undefined> {
    try {
      const fields = 'trashed,contentRestrictions(readOnly)';
      const { trashed, contentRestrictions } = await this.metadata(fields, readObstacles, signal);
      if (trashed) return 'document_missing';
      return contentRestrictions?.some(({ readOnly }) => readOnly) ? 'document_locked' : undefined;
    } catch (error) {
      undefinedIfNotFound(error);
      return 'document_missing';
    }
  }

  private refused(reason: LinkCode, cause?: DriveError): DocumentRefusedError {
    return new DocumentRefusedError(reason, { cause, side: this.account.side });
  }

  private get<T>(query: NonNullable<GoogleRequest['query']>, read: Reader<T>, signal: AbortSignal): Promise<T> {
    return this.client.json({ ...this.account, method: 'GET', path: this.path, query, signal }, read);
  }

  private metadata<T>(fields: string, read: Reader<T>, signal: AbortSignal): Promise<T> {
    const path = `/drive/v3/files/${encodeURIComponent(this.id)}`;
    const query = { fields, supportsAllDrives: true };
    return this.client.json({ ...this.account, method: 'GET', path, query, signal }, read);
  }

  private get path(): string {
    return `${EDITORS[this.kind].path}/${encodeURIComponent(this.id)}`;
  }
}
