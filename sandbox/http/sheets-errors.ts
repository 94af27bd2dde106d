import type { ErrorRow } from './error-catalogue.ts';

/** In the older format, all of them have this reason. */
const BAD_REQUEST = { reason: 'badRequest' } as const;

/**
 * Errors of the Sheets API, part of the catalogue. In a batch, `Invalid requests[0].addSheet: ` precedes the message.
 * Sources: https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets, and messages that clients
 * recorded (https://github.com/home-assistant/core/issues/104198, https://github.com/OpenRefine/OpenRefine/issues/2760,
 * https://github.com/blinkk/rootjs/issues/554, https://github.com/googleapis/google-api-python-client/issues/1064).
 */
export const SHEETS_ERRORS = {
  unparsableRange: [400, 'Unable to parse range: {range}', BAD_REQUEST],
  exceedsGrid: [400, 'Range ({range}) exceeds grid limits. Max rows: {rows}, max columns: {columns}', BAD_REQUEST],
  writesBeyondColumn: [
    400,
    'Requested writing within range [{range}], but tried writing to column [{column}]',
    BAD_REQUEST,
  ],
  writesBeyondRow: [400, 'Requested writing within range [{range}], but tried writing to row [{row}]', BAD_REQUEST],
  writesBeyondLastColumn: [
    400,
    'Attempting to write column: {column}, beyond the last requested column of: {last}',
    BAD_REQUEST,
  ],
  writesBeyondLastRow: [400, 'Attempting to write row: {row}, beyond the last requested row of: {last}', BAD_REQUEST],
  rangesDiffer: [
    400,
    "Requested writing to range [{asked}] doesn't match the range of the body [{given}]",
    BAD_REQUEST,
  ],
  requiredOption: [400, "'{name}' is required but not specified", BAD_REQUEST],
  invalidEnum: [400, 'Invalid value at \'{at}\' ({type}), "{value}"', BAD_REQUEST],
  notAList: [400, 'Invalid value at \'{at}\' (type.googleapis.com/google.protobuf.ListValue), "{value}"', BAD_REQUEST],
  invalidCellValue: [400, 'Invalid values[{row}][{column}]: {kind}', BAD_REQUEST],
  notModelled: [501, 'The sandbox does not model the request {kind}.', { reason: 'notImplemented' }],
  noFields: [400, "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)", BAD_REQUEST],
  invalidField: [400, 'Invalid field: {name}', BAD_REQUEST],
  invalidRequestField: [400, '{why}', { ...BAD_REQUEST, example: { why: 'A field is invalid.' } }],
  noSheet: [400, 'No sheet with id: {id}', BAD_REQUEST],
  noGrid: [400, 'No grid with id: {id}', BAD_REQUEST],
  sheetTitleTaken: [400, 'A sheet with the name "{title}" already exists. Please enter another name.', BAD_REQUEST],
  sheetIdTaken: [400, 'Sheet with id {id} already exists.', BAD_REQUEST],
  lastSheet: [400, "You can't remove all the visible sheets in a document.", BAD_REQUEST],
  tooManyCells: [
    400,
    'This action would increase the number of cells in the workbook above the limit of {cells} cells.',
    BAD_REQUEST,
  ],
  protectedCell: [
    400,
    'You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove protection if you need to edit.',
    BAD_REQUEST,
  ],
  sheetAlreadyProtected: [400, 'Sheet "{title}" already has sheet protection.', BAD_REQUEST],
  noProtectedRange: [400, 'No protected range with id: {id}', BAD_REQUEST],
  noNamedRange: [400, 'Cannot find a named range with id: {id}', BAD_REQUEST],
  namedRangeTaken: [400, 'A named range with name: {name} already exists.', BAD_REQUEST],
  invalidNamedRange: [400, 'The name {name} is not valid for a named range.', BAD_REQUEST],
  mergesOverlap: [400, 'You can only merge cells that do not overlap an existing merge.', BAD_REQUEST],
  findScope: [400, 'Exactly one of range, sheetId and allSheets must be set.', BAD_REQUEST],
  invalidRegex: [400, 'Invalid regular expression: {find}', BAD_REQUEST],
  chipPlaceholder: [400, 'Chip runs need an "@" placeholder at index {index}.', BAD_REQUEST],
  chipNotDrive: [400, 'Only links to Google Drive files can be written as chips.', BAD_REQUEST],
  runsNeedText: [400, 'Text format runs are only valid on cells with text.', BAD_REQUEST],
} as const satisfies Record<string, ErrorRow>;

/** Errors of reading a spreadsheet. */
export const SHEETS_READ_ERRORS = [
  'entityNotFound',
  'noPermission',
  'operationNotSupported',
  'invalidArgument',
  'unparsableRange',
] as const;

/** Errors of changing a spreadsheet; their messages differ, their reason is the same. */
export const SHEETS_WRITE_ERRORS = [...SHEETS_READ_ERRORS, 'requestNotModelled', 'notModelled'] as const;
