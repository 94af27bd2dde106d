import { parseAddress } from '../../../engine/links/drive-addresses.js';
import { type LinkGroup, linkGroup } from '../../../engine/links/document-links.js';
import { objectOf, text } from '../google-answers.js';
import { spreadsheetAddress } from './batch-update.js';

/** The field of `forms.get` that matters here (https://developers.google.com/workspace/forms/api/reference/rest/v1/forms). */
export const FORM_FIELDS = 'linkedSheetId';
/** `linkedSheetId`: "The ID of the linked Google Sheet which is accumulating responses"; output only. */
export const readForm = objectOf({}, { linkedSheetId: text });

/** The spreadsheet that receives the responses to a form: a person has to choose another one. */
export function linksInForm({ linkedSheetId = '' }: ReturnType<typeof readForm>): LinkGroup<never>[] {
  const text = spreadsheetAddress(linkedSheetId);
  const address = parseAddress(text);
  const place = { holder: 'responses', part: 'body', container: '', label: '' } as const;
  return address ? [linkGroup({ place, text, address, unsupported: 'form_destination' })] : [];
}
