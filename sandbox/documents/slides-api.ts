import type { DriveStore, Item } from '../drive/drive-store.ts';
import type { FileWriter } from '../drive/file-writer.ts';
import { type Call, isVisible } from '../http/call.ts';
import type { Endpoints } from '../http/endpoint.ts';
import { googleError } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, type Mask } from '../http/fields.ts';
import { schemaOf } from '../http/json-types.ts';
import { GOOGLE_PRESENTATION } from './documents.ts';
import {
  answerWith,
  factsOf,
  FILE_ERRORS,
  keepEdit,
  keptReply,
  maskOfCall,
  mayEdit,
  openDocument,
  openForEdit,
  readRequest,
  revisionIdOf,
} from './editor-file.ts';
import { RequestProblem } from './rich-text.ts';
import { type SlideDeck, slideDeck } from './slide-deck.ts';
import { SlidesBatch } from './slides-requests.ts';
import { pageResource, presentationResource } from './slides-resource.ts';
import { SLIDES_TYPES } from './slides-types.ts';

/** The Slides API (https://developers.google.com/workspace/slides/api/reference/rest). */
export const SLIDES_ENDPOINTS = {
  'presentations.get': {
    at: 'GET /v1/presentations/{fileId}',
    handle: ({ slides }, call) => slides.get(call),
    scopes: 'presentationsRead',
    cost: 'slidesRead',
    typicalMs: 300,
    errors: [...FILE_ERRORS],
  },
  'presentations.create': {
    at: 'POST /v1/presentations',
    handle: ({ slides }, call) => slides.create(call),
    scopes: 'presentationsWrite',
    cost: 'slidesWrite',
    typicalMs: 900,
    errors: ['unknownName', 'invalidArgument', 'activeItemCreationLimitExceeded', 'noPermission'],
  },
  'presentations.batchUpdate': {
    at: 'POST /v1/presentations/{fileId}:batchUpdate',
    handle: ({ slides }, call) => slides.batchUpdate(call),
    scopes: 'presentationsWrite',
    cost: 'slidesWrite',
    typicalMs: 500,
    errors: [...FILE_ERRORS, 'unknownName', 'invalidRequest', 'requestNotModelled', 'revisionMismatch'],
  },
  'presentations.pages.get': {
    at: 'GET /v1/presentations/{fileId}/pages/{pageId}',
    handle: ({ slides }, call) => slides.getPage(call),
    scopes: 'presentationsRead',
    cost: 'slidesRead',
    typicalMs: 200,
    errors: [...FILE_ERRORS],
  },
} as const satisfies Endpoints;

const PRESENTATION_SCHEMA = schemaOf(SLIDES_TYPES, 'Presentation');
const PAGE_SCHEMA = schemaOf(SLIDES_TYPES, 'Page');
const REPLY_SCHEMA = schemaOf(SLIDES_TYPES, 'BatchUpdatePresentationResponse');

/** The Slides API for the presentations that Drive exports and copies. */
export class SlidesApi {
  private readonly store: DriveStore;
  private readonly writer: FileWriter;
  private readonly now: () => number;

  constructor(store: DriveStore, writer: FileWriter, now: () => number) {
    this.store = store;
    this.writer = writer;
    this.now = now;
  }

  get(call: Call): Reply {
    const { item, model } = openDocument(call, this.store, 'presentation');
    return this.answer(call, item, model, maskOfCall(call, PRESENTATION_SCHEMA));
  }

  getPage(call: Call): Reply {
    const { model } = openDocument(call, this.store, 'presentation');
    const page = model.slides.find(({ id }) => id === call.route.ids['pageId']);
    if (!page) throw googleError('entityNotFound');
    return answerWith(call, pageResource(page), PAGE_SCHEMA);
  }

  async create(call: Call): Promise<Reply> {
    const mask = maskOfCall(call, PRESENTATION_SCHEMA);
    const body = await readRequest(call, SLIDES_TYPES, 'Presentation');
    const title = typeof body['title'] === 'string' && body['title'] !== '' ? body['title'] : 'Untitled presentation';
    const metadata = { name: title, mimeType: GOOGLE_PRESENTATION };
    const model = slideDeck([{ title: '', lines: [] }]);
    return this.answer(call, this.writer.createDocument(call, metadata, model), model, mask);
  }

  async batchUpdate(call: Call): Promise<Reply> {
    const body = await readRequest(call, SLIDES_TYPES, 'BatchUpdatePresentationRequest');
    const { item, model } = openForEdit(call, this.store, 'presentation');
    const { requiredRevisionId } = (body['writeControl'] ?? {}) as { requiredRevisionId?: string };
    if (requiredRevisionId && requiredRevisionId !== revisionIdOf(item, model.revision))
      throw googleError('revisionMismatch', { id: requiredRevisionId });
    const mask = maskOfCall(call, REPLY_SCHEMA);
    // All or nothing, as in the Docs API.
    const copy = structuredClone(model);
    const replies = new SlidesBatch(copy, this.chartCheck(call)).run(
      (body['requests'] ?? []) as Record<string, unknown>[],
    );
    copy.revision++;
    keepEdit(this.store, item, copy, call.caller.account, this.now());
    const writeControl = { requiredRevisionId: revisionIdOf(item, copy.revision) };
    return { status: 200, json: applyMask({ presentationId: item.id, replies, writeControl }, mask) };
  }

  /**
   * Refuses charts that are not there, or in a spreadsheet that the caller may not see ("the specific chart in the
   * Google Sheets spreadsheet", reference of `CreateSheetsChartRequest`; the words of the errors are not documented).
   */
  private chartCheck(call: Call) {
    return (spreadsheetId: string, chartId: number): void => {
      const item = this.store.item(spreadsheetId);
      if (!item || item.document?.kind !== 'spreadsheet' || !isVisible(item, call.caller, this.store))
        throw new RequestProblem(`The spreadsheet (${spreadsheetId}) could not be found.`);
      const charts = item.document.sheets.flatMap((sheet) => sheet.charts ?? []);
      if (!charts.some((chart) => chart['chartId'] === chartId))
        throw new RequestProblem(`The chart (${chartId}) could not be found in the spreadsheet (${spreadsheetId}).`);
    };
  }

  private answer(call: Call, item: Item, model: SlideDeck, mask: Mask): Reply {
    const facts = factsOf(item, model, mayEdit(call, this.store, item));
    const key = JSON.stringify([facts, call.exchange.query.get('fields')]);
    return keptReply(model, key, () => applyMask(presentationResource(model, facts), mask));
  }
}
