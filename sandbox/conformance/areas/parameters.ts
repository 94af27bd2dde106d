import { ALL, file, refused, type Request, type Scenario, share } from '../scenario.ts';

const BACKLOT = 'https://github.com/brekkylab/backlot';

/** The answer to values that do not fit their types: parts of the older and of the newer format of errors. */
const wrongTypes = (...fields: [field: string, type: string, value: string][]): object => {
  const described = fields.map(([field, type, value]) => ({
    field,
    description: `Invalid value at '${field}' (${type}), "${value}"`,
  }));
  const message = described.map(({ description }) => description).join('\n');
  const details = [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: described }];
  return {
    error: { code: 400, message, errors: [{ message, reason: 'invalid' }], status: 'INVALID_ARGUMENT', details },
  };
};

const wrongFlag = (ask: string, field: string, value: string): Request => ({
  ask: `GET ${ask}=${value}`,
  status: 400,
  exactly: wrongTypes([field, 'TYPE_BOOL', value]),
});

const unsupported: Partial<Request> = { status: 403, error: { reason: 'supportsTeamDrivesRequired' } };
const neverIssued: Partial<Request> = { status: 400, error: { reason: 'invalid', location: 'pageToken' } };

/** A page of the front end. */
const page = (ask: string, status: 400 | 404): Request => ({
  ask,
  status,
  answers: { 'content-type': 'text/html; charset=UTF-8' },
  text: new RegExp(`^<!DOCTYPE html>[^]*<b>${status}\\.</b>`),
});

export const PARAMETERS: readonly Scenario[] = [
  {
    source: `${BACKLOT}/blob/main/tests/test_google.py`,
    title: 'Booleans: spellings that protobuf does not have are 400; those of other methods are ignored',
    steps: [
      file('a', 'x'),
      wrongFlag('files/{a}?acknowledgeAbuse', 'acknowledge_abuse', 'NOPE'),
      wrongFlag('files/nowhere?supportsAllDrives', 'supports_all_drives', 'on'),
      wrongFlag('files?includeItemsFromAllDrives', 'include_items_from_all_drives', '01'),
      wrongFlag('files/{a}/permissions?useDomainAdminAccess', 'use_domain_admin_access', ''),
      wrongFlag('drives?useDomainAdminAccess', 'use_domain_admin_access', '2'),
      {
        ask: 'GET files?supportsAllDrives=true&supportsAllDrives=off&pageSize=',
        status: 400,
        exactly: wrongTypes(['supports_all_drives', 'TYPE_BOOL', 'off'], ['page_size', 'TYPE_INT32', '']),
      },
      ...['true', 'FALSE', 'tRuE', '0', 't', 'F', 'Y', 'no', '1'].map((value): Request => ({
        ask: `GET files?supportsAllDrives=${value}&fields=kind`,
        status: 200,
      })),
      { ask: 'GET about?fields=kind&supportsAllDrives=NOPE', status: 200 },
      // The credentials come first.
      { as: 'nobody', ask: 'POST files?supportsAllDrives=NOPE', body: {}, status: 401, error: { reason: 'required' } },
    ],
  },
  {
    source: `${BACKLOT}/issues/339`,
    title: 'Booleans: the word true switches them on, in any case; 1 and yes do not',
    steps: [
      { ask: 'GET files?includeItemsFromAllDrives=TRUE', ...unsupported, status: 403 },
      { ask: 'GET files?includeItemsFromAllDrives=true&supportsAllDrives=1', ...unsupported, status: 403 },
      { ask: 'GET files?includeItemsFromAllDrives=true&supportsAllDrives=tRuE&fields=kind', status: 200 },
      { ask: 'GET files?includeItemsFromAllDrives=yes&fields=kind', status: 200 },
      { ask: 'GET files?includeItemsFromAllDrives=false&includeItemsFromAllDrives=true&fields=kind', status: 200 },
      { ask: 'GET changes/startPageToken', status: 200, keep: { start: 'startPageToken' } },
      { ask: 'GET changes?pageToken={start}&includeItemsFromAllDrives=true', ...unsupported, status: 403 },
      { ask: `GET changes?pageToken={start}&includeItemsFromAllDrives=true&${ALL}`, status: 200 },
    ],
  },
  {
    source: `${BACKLOT}/issues/337`,
    title: 'pageSize: a value that is no whole number is 400, and so is an empty one',
    steps: [
      ...['NOPE', '', '1e2', '2147483648'].map((value): Request => ({
        ask: `GET files?pageSize=${value}`,
        status: 400,
        exactly: wrongTypes(['page_size', 'TYPE_INT32', value]),
      })),
      {
        ask: 'GET files?pageSize=0',
        status: 400,
        error: {
          reason: 'invalidParameter',
          location: 'page_size',
          message: "Invalid value '0'. Values must be within the range: [value: 1\n, value: 1000\n]",
        },
      },
      { ask: 'GET files?pageSize=%2B02&fields=kind', status: 200 },
    ],
  },
  {
    source: `${BACKLOT}/blob/main/tests/test_google.py`,
    title: 'pageToken: one that no answer gave is 400',
    steps: [
      file('a', 'x'),
      share('a', 'reader', 'bob'),
      ...['permissions?', 'revisions?', 'comments?fields=*&'].flatMap((list) =>
        ['1', '9999', 'bzow', '1~bzow'].map((token): Request => ({
          ask: `GET files/{a}/${list}pageToken=${token}`,
          ...neverIssued,
          status: 400,
        })),
      ),
      { ask: 'GET drives?pageToken=1', ...neverIssued, status: 400 },
      {
        ask: 'GET files/{a}/permissions?pageSize=1&fields=nextPageToken,permissions(role)',
        status: 200,
        json: { permissions: [{ role: 'owner' }] },
        keep: { next: 'nextPageToken' },
      },
      { ask: 'GET files/{a}/permissions?pageSize=1&pageToken=1{next}', ...neverIssued, status: 400 },
      { ask: 'GET files/{a}/revisions?pageToken={next}', ...neverIssued, status: 400 },
      // Nor does a token end when the list becomes shorter.
      { ask: 'DELETE files/{a}/permissions/{a for bob}', status: 204 },
      {
        ask: 'GET files/{a}/permissions?pageSize=1&pageToken={next}&fields=nextPageToken,permissions(role)',
        status: 200,
        exactly: { permissions: [] },
      },
      { ask: 'GET changes/startPageToken', status: 200, keep: { start: 'startPageToken' } },
      { ask: 'GET changes?pageToken={start}0', ...neverIssued, status: 400 },
      { ask: 'GET changes?pageToken={start}&fields=newStartPageToken,changes(fileId)', status: 200 },
    ],
  },
  {
    source: 'https://github.com/masbug/flysystem-google-drive-ext/issues/104',
    title: 'Bodies: a list in the place of an object is 400 with a violation',
    steps: [
      {
        ask: 'POST files',
        body: { name: 'a', parents: ['{home}'], contentHints: [] },
        status: 400,
        json: {
          error: {
            message: "Invalid value at 'payload' (Map), Cannot bind a list to map for field 'contentHints'.",
            errors: [{ reason: 'invalid' }],
            status: 'INVALID_ARGUMENT',
            details: [{ fieldViolations: [{ field: 'payload' }] }],
          },
        },
      },
    ],
  },
  {
    source: `${BACKLOT}/blob/main/backlot/errors/google.py`,
    title: 'Unknown addresses of an API: HTML, 404 for Drive and 400 for the editors',
    steps: [
      file('a', 'x'),
      page('GET nonsense', 404),
      page('PUT files/{a}', 404),
      page('POST /upload/drive/v3/nonsense', 404),
      page('GET /v1/documents/{a}:nonsense', 400),
      page('POST /v1/documents/{a}:nonsense', 400),
      page('GET /v1/presentations/{a}/nonsense', 400),
      page('GET /v4/spreadsheets/{a}/nonsense', 400),
      refused('GET files/nowhere', undefined, 'notFound', 'alice', 404),
    ],
  },
];
