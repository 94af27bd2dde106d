import type { DriveStore } from '../drive/drive-store.ts';
import { type Call, isVisible } from '../http/call.ts';
import type { Endpoints } from '../http/endpoint.ts';
import { googleError } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { schemaOf, typesFrom } from '../http/json-types.ts';
import { objectAt, textAt } from './describe-text.ts';
import { type FormModel, GOOGLE_FORM } from './documents.ts';
import { answerWith, FILE_ERRORS, revisionIdOf } from './editor-file.ts';

/** The part of the Forms API that concerns links (https://developers.google.com/workspace/forms/api/reference/rest). */
export const FORMS_ENDPOINTS = {
  'forms.get': {
    at: 'GET /v1/forms/{fileId}',
    handle: ({ forms }, call) => forms.get(call),
    scopes: 'formsRead',
    cost: 'formsRead',
    typicalMs: 250,
    errors: [...FILE_ERRORS],
  },
} as const satisfies Endpoints;

const FORM_SCHEMA = schemaOf(
  typesFrom(`
Form formId:s info:Info items:any[] linkedSheetId:s publishSettings:any responderUri:s revisionId:s settings:any
Info description:s documentTitle:s title:s
`),
  'Form',
);

/** A form from a short description: `{ "linkedSheetId": "…" }`. @throws SandboxUsageError naming the invalid part */
export function describedForm(input: unknown): FormModel {
  const { linkedSheetId } = objectAt(input, 'form', ['linkedSheetId']);
  return {
    kind: 'form',
    ...(linkedSheetId !== undefined && { linkedSheetId: textAt(linkedSheetId, 'form.linkedSheetId') }),
  };
}

/** Forms without their questions. */
export class FormsApi {
  private readonly store: DriveStore;

  constructor(store: DriveStore) {
    this.store = store;
  }

  get(call: Call): Reply {
    const item = this.store.item(call.route.ids.fileId ?? '');
    if (!item) throw googleError('entityNotFound');
    if (!isVisible(item, call.caller, this.store)) throw googleError('noPermission');
    if (item.mimeType !== GOOGLE_FORM) throw googleError('operationNotSupported');
    const linkedSheetId = item.document?.kind === 'form' ? item.document.linkedSheetId : undefined;
    const form = {
      formId: item.id,
      info: { title: item.name, documentTitle: item.name },
      settings: {},
      revisionId: revisionIdOf(item, item.version),
      responderUri: `https://docs.google.com/forms/d/e/1FAIpQL${item.id}/viewform`,
      ...(linkedSheetId !== undefined && { linkedSheetId }),
    };
    return answerWith(call, form, FORM_SCHEMA);
  }
}
