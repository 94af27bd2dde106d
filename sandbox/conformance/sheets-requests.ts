import { made, type Request, SHEET } from './scenario.ts';

/** Requests for rows about spreadsheets. */
export const API = 'https://developers.google.com/workspace/sheets/api';
export const REST = `${API}/reference/rest/v4`;
export const SHEETS_SCOPE = 'https://www.googleapis.com/auth/spreadsheets';

export const sheet = (name = 's'): Request => made(name, { mimeType: SHEET });
export const at = (range: string, more = ''): string =>
  `/v4/spreadsheets/{s}/values/${encodeURIComponent(range)}${more}`;

/** Writes values as if a person typed them. */
export function put(range: string, values: unknown[][], more: Partial<Request> = {}): Request {
  return {
    ask: `PUT ${at(range)}?valueInputOption=USER_ENTERED`,
    body: { values },
    status: 200,
    ...more,
  };
}

export function read(range: string, values: unknown[][] | undefined, query = ''): Request {
  const asked: Request = { ask: `GET ${at(range)}?${query}`, status: 200 };
  return values ? { ...asked, json: { values } } : { ...asked, absent: ['values'] };
}

export function batch(requests: object[], more: Partial<Request> = {}): Request {
  return { ask: 'POST /v4/spreadsheets/{s}:batchUpdate', body: { requests }, status: 200, ...more };
}

/** The same request, refused with an error in the newer format. */
export function fails(request: Request, message: string, code = 400, status = 'INVALID_ARGUMENT'): Request {
  const { json: _json, exactly: _exactly, absent: _absent, ...rest } = request;
  return { ...rest, status: code, json: { error: { code, status, message } } };
}

/** The cells of the first sheet, with some fields. */
export function cells(fields: string, values: object[][], range = 'Sheet1'): Request {
  return {
    ask: `GET /v4/spreadsheets/{s}?ranges=${encodeURIComponent(range)}&fields=sheets.data.rowData.values(${fields})`,
    status: 200,
    exactly: { sheets: [{ data: [{ rowData: values.map((row) => (row.length > 0 ? { values: row } : {})) }] }] },
  };
}

export const text = (value: string) => ({ userEnteredValue: { stringValue: value } });
export const write = (cell: object, fields = '*', start: object = {}) => ({
  updateCells: { rows: [{ values: [cell] }], fields, start: { sheetId: 0, ...start } },
});
export const DOC_URL = 'https://docs.google.com/document/d/1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/edit';
