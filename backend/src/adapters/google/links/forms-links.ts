import { type NewId, parseAddress } from '../../../engine/links/drive-addresses.js';
import { linkGroup, planRewrite, type RewritePlan } from '../../../engine/links/document-links.js';
import { spreadsheetAddress } from './batch-update.js';

/** The field of `forms.get` that matters here (https://developers.google.com/workspace/forms/api/reference/rest/v1/forms). */
export interface GoogleForm {
  /** "The ID of the linked Google Sheet which is accumulating responses"; output only. */
  readonly linkedSheetId?: string;
}

/** What happens to the spreadsheet that receives the responses to a form: a person has to choose another one. */
export function planFormLinks({ linkedSheetId = '' }: GoogleForm, newIdOf: NewId): RewritePlan<never> {
  const text = spreadsheetAddress(linkedSheetId);
  const address = parseAddress(text);
  const place = { holder: 'responses', part: 'body', container: '', label: '' } as const;
  const groups = address ? [linkGroup<never>({ place, text, address, unsupported: 'form_destination' })] : [];
  return planRewrite(groups, newIdOf, 1);
}
