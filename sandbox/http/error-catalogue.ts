import { API_ERRORS } from './api-errors.ts';
import { SHARING_ERRORS } from './sharing-errors.ts';
import { SHEETS_ERRORS } from './sheets-errors.ts';

/** The parts of an error besides its status and message. */
interface ErrorDetails {
  /** Clients branch on it. Default: the row's name. */
  reason?: string;
  /** The parameter, field or header at fault. */
  location?: string;
  locationType?: 'header';
  domain?: 'global' | 'usageLimits';
  /** Google's canonical status word; Drive sends it only for credential failures. */
  statusWord?: string;
  headers?: Readonly<Record<string, string>>;
  /** The message in `errors[0]`, if it is shorter than the one at the top. */
  short?: string;
  /** The metadata of `google.rpc.ErrorInfo`, for APIs with the newer format of errors. */
  info?: Readonly<Record<string, string>>;
  /** The address of `google.rpc.Help`. */
  help?: { readonly description: string; readonly url: string };
  /** The response is the message as plain text. */
  plainText?: true;
  /** Values for `{name}` when a fault requests this error. */
  example?: Readonly<Record<string, string | number>>;
}

/** Status and message; the caller fills in the names in braces. */
export type ErrorRow = readonly [status: number, message: string, details?: ErrorDetails];

/**
 * Every error of Google's APIs that the sandbox returns. A fault with a `reason` returns the row of that name, or
 * else the first row with that reason. Sources:
 * "Resolve errors" (https://developers.google.com/workspace/drive/api/guides/handle-errors), the reference of each
 * method, and responses that clients recorded; messages without a source are our own.
 */
export const ERRORS = {
  ...API_ERRORS,
  ...SHEETS_ERRORS,

  // Credentials
  authError: [
    401,
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid ' +
      'authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    {
      short: 'Invalid Credentials',
      location: 'Authorization',
      locationType: 'header',
      statusWord: 'UNAUTHENTICATED',
      headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
    },
  ],
  loginRequired: [
    401,
    'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid ' +
      'authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    {
      short: 'Login Required.',
      reason: 'required',
      location: 'Authorization',
      locationType: 'header',
      statusWord: 'UNAUTHENTICATED',
    },
  ],
  invalidXgafv: [
    400,
    "Invalid query parameters. Invalid value '{value}' for system query parameter : $.xgafv",
    { reason: 'badRequest', statusWord: 'INVALID_ARGUMENT' },
  ],
  invalidAlt: [
    400,
    `Invalid value "{value}" for query parameter 'alt'`,
    { reason: 'badRequest', statusWord: 'INVALID_ARGUMENT' },
  ],
  noMedia: [
    400,
    'Unsupported alt type "media" for non byte stream request.',
    { reason: 'badRequest', statusWord: 'INVALID_ARGUMENT' },
  ],
  invalidCallback: [
    400,
    "Invalid JSONP callback name: '{name}'; only alphabet, number, '_', '$', '.', '[' and ']' are allowed.",
    { reason: 'badRequest', statusWord: 'INVALID_ARGUMENT' },
  ],
  invalidApiKey: [
    400,
    'API key not valid. Please pass a valid API key.',
    { reason: 'badRequest', statusWord: 'INVALID_ARGUMENT' },
  ],
  unregisteredCaller: [
    403,
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other " +
      'form of API consumer identity to call this API.',
    { reason: 'forbidden', statusWord: 'PERMISSION_DENIED' },
  ],
  insufficientPermissions: [
    403,
    'Request had insufficient authentication scopes.',
    { statusWord: 'PERMISSION_DENIED' },
  ],
  appNotAuthorizedToFile: [403, 'The user has not granted the app access to the file.'],
  domainPolicy: [403, 'The domain administrators have disabled Drive apps.'],

  // Invalid requests
  parseError: [400, 'Parse Error'],
  badRequest: [400, 'Bad Request'],
  invalid: [400, 'Invalid Value', { location: '{location}', example: { location: 'q' } }],
  invalidParameter: [400, 'Invalid Parameter'],
  outOfRange: [
    400,
    "Invalid value '{value}'. Values must be within the range: [value: {low}\n, value: {high}\n]",
    { reason: 'invalidParameter', location: '{location}' },
  ],
  invalidFieldSelection: [400, 'Invalid field selection {name}', { reason: 'invalidParameter', location: 'fields' }],
  required: [400, 'Required'],
  parameterRequired: [400, 'Required parameter: {name}', { reason: 'required', location: '{name}' }],
  fieldsRequired: [
    400,
    "The 'fields' parameter is required for this method.",
    { reason: 'required', location: 'fields' },
  ],
  driveNameRequired: [400, 'The name of the drive is required.', { reason: 'required', location: 'drive.name' }],
  contentRequired: [400, 'The {what} content is required.', { reason: 'required', location: '{what}.content' }],
  invalidDate: [400, 'Invalid value for: Invalid format: {value}', { reason: 'invalid', location: '{location}' }],
  notFound: [404, 'Not Found'],

  // Rates and quotas
  rateLimitExceeded: [403, 'Rate Limit Exceeded'],
  userRateLimitExceeded: [
    403,
    'User Rate Limit Exceeded. Rate of requests for user exceed configured project quota, you may consider re-evaluating expected per-user traffic to the API and adjust project quota limits accordingly.',
  ],
  /** Clients recognise the daily limit by this exact message. */
  dailyBytesExceeded: [403, 'User rate limit exceeded.', { reason: 'userRateLimitExceeded' }],
  dailyLimitExceeded: [403, 'Daily Limit Exceeded'],
  /** Its domain differs from that of other quotas ("Resolve errors"). */
  sharingRateLimitExceeded: [
    403,
    'Rate limit exceeded. User message: "These item(s) could not be shared because a rate limit was exceeded: {name}"',
    { domain: 'global', example: { name: 'file' } },
  ],
  quotaExceeded: [403, 'The quota has been exceeded.'],
  downloadQuotaExceeded: [403, 'The download quota for this file has been exceeded.'],
  storageQuotaExceeded: [403, "The user's Drive storage quota has been exceeded."],
  uploadTooLarge: [413, 'The file exceeds the maximum size of an upload.'],
  bodyTooLarge: [413, 'The request body is too large.', { reason: 'uploadTooLarge' }],
  importTooLarge: [413, 'Only {bytes} bytes can be converted to {mimeType}.', { reason: 'uploadTooLarge' }],

  // Failures of Google's servers
  internalError: [500, 'Internal Error'],
  sandboxFailed: [500, 'The sandbox failed: {message}', { reason: 'internalError' }],
  importGone: [500, 'The imported file {path} can no longer be read.', { reason: 'backendError' }],
  backendError: [503, 'Backend Error'],
  badGateway: [502, 'Bad Gateway'],
  gatewayTimeout: [504, 'Gateway Timeout'],
  transientError: [503, 'Transient failure'],

  // Files
  fileNotFound: [404, 'File not found: {id}.', { reason: 'notFound', location: 'fileId' }],
  insufficientFilePermissions: [403, 'The user does not have sufficient permissions for this file.'],
  fileNeverWritable: [403, 'The content of this file is read-only.'],
  fieldNotWritable: [403, 'The resource body includes fields which are not directly writable.'],
  fieldIsNotWritable: [
    403,
    'The resource body includes fields which are not directly writable: {name}.',
    { reason: 'fieldNotWritable', location: '{resource}.{name}' },
  ],
  parentsNotWritable: [
    403,
    'The parents field is not directly writable in update requests. Use the addParents and removeParents parameters instead.',
    { reason: 'fieldNotWritable' },
  ],
  mimeTypeNotWritable: [
    403,
    'The mimeType of this file cannot be changed.',
    { reason: 'fieldNotWritable', location: 'file.mimeType' },
  ],
  onlyFoldersLimited: [
    403,
    'Only folders can have limited access.',
    { reason: 'fieldNotWritable', location: 'file.inheritedPermissionsDisabled' },
  ],
  invalidMimeType: [400, 'Invalid MIME type provided for the uploaded content.', { reason: 'badRequest' }],
  hasNoContent: [400, 'Folders and shortcuts cannot have content.', { reason: 'badRequest' }],
  shortcutTargetInvalid: [400, 'The shortcut target is invalid.', { location: 'file.shortcut_details.target_id' }],
  propertyLengthExceeded: [
    403,
    'The key and value of a property may have {bytes} bytes together.',
    { location: 'file.{field}', example: { bytes: 124, field: 'properties' } },
  ],
  /** The reason is not documented. */
  tooManyProperties: [403, 'The file has too many custom properties.', { reason: 'limitExceeded' }],
  idNotForDocuments: [
    400,
    'Generated IDs are not supported for files of this type.',
    { reason: 'invalid', location: 'file.id' },
  ],
  idNotUsable: [400, 'The provided file ID is not usable.', { reason: 'invalid', location: 'file.id' }],
  fileIdInUse: [409, 'A file already exists with the provided ID.', { location: 'file.id' }],
  conflict: [409, 'A file already exists with the provided ID.', { location: 'file.id' }],

  // Places of files
  multipleParentsNotSupported: [403, 'A file cannot have more than one parent.'],
  parentNotAFolder: [403, 'The specified parent is not a folder.'],
  insufficientParentPermissions: [403, 'Insufficient permissions for the specified parent.'],
  cannotRemoveLastParent: [403, 'A file must have a parent. Name the new one with addParents.'],
  cyclicParent: [403, 'A folder cannot be moved into itself or below itself.'],
  myDriveHierarchyDepthLimitExceeded: [
    403,
    'Your My Drive cannot contain more than {levels} levels of folders.',
    { example: { levels: 100 } },
  ],
  teamDriveHierarchyTooDeep: [
    403,
    'The shared drive cannot contain more than {levels} levels of folders.',
    { example: { levels: 100 } },
  ],
  numChildrenInNonRootLimitExceeded: [403, "The limit for this folder's number of children has been exceeded."],
  activeItemCreationLimitExceeded: [403, 'This account has exceeded the creation limit of items.'],
  teamDriveFileLimitExceeded: [403, 'The file limit for this shared drive has been exceeded.'],
  cannotMoveTrashedItemOutOfTeamDrive: [403, 'A trashed item cannot be moved out of a shared drive.'],
  cannotMoveTrashedItemIntoTeamDrive: [403, 'A trashed item cannot be moved into a shared drive.'],
  teamDrivesFolderMoveInNotSupported: [403, 'Moving folders into shared drives is not supported.'],
  fileOwnerNotMemberOfTeamDrive: [403, 'The owner of the file is no member of the shared drive.'],

  // Lists
  allDrivesNotSupported: [
    403,
    'The supportsAllDrives parameter must be enabled when {parameter}.',
    { reason: 'supportsTeamDrivesRequired', example: { parameter: 'driveId is specified' } },
  ],
  teamDriveIdRequiresTeamDriveCorpora: [
    403,
    'The driveId parameter must be specified if and only if corpora is set to drive.',
  ],
  includeTeamDriveItemsRequired: [
    403,
    'The includeItemsFromAllDrives parameter must be set to true when driveId is specified or corpora contains drive or allDrives.',
  ],
  cannotSortFullText: [
    403,
    'Sorting is not supported for queries with fullText terms. Results are always in descending relevance order.',
    { reason: 'forbidden' },
  ],

  // Contents
  cannotCopyFile: [403, 'This file cannot be copied by the user.'],
  cannotDownloadFile: [403, 'This file cannot be downloaded by the user.'],
  cannotDownloadAbusiveFile: [403, 'This file has been identified as malware or spam and cannot be downloaded.'],
  fileNotDownloadable: [
    403,
    'Only files with binary content can be downloaded. Use Export with Docs Editors files.',
    { location: 'alt' },
  ],
  nothingToDownload: [403, 'This file has no content to download.', { reason: 'fileNotDownloadable' }],
  requestedRangeNotSatisfiable: [
    416,
    'Request range not satisfiable',
    { location: 'Range', locationType: 'header', headers: { 'content-range': 'bytes */{size}' }, example: { size: 0 } },
  ],
  fileNotExportable: [403, 'Export only supports Docs Editors files.'],
  cannotExportFile: [403, 'This file cannot be exported by the user.'],
  exportSizeLimitExceeded: [403, 'This file is too large to be exported.'],
  conversionNotSupported: [
    400,
    'The requested conversion is not supported.',
    { reason: 'badRequest', location: 'convertTo' },
  ],
  importNotSupported: [
    400,
    'Conversion of {from} to {to} is not supported.',
    { reason: 'badRequest', location: 'convertTo' },
  ],
  wrongContent: [400, 'The uploaded content is not {expected}.', { reason: 'invalid', location: 'body' }],
  operationNotFound: [404, 'Operation not found: {name}.', { reason: 'notFound' }],

  // Uploads
  invalidUploadType: [
    400,
    'Invalid Value: uploadType must be media, multipart or resumable.',
    { reason: 'invalid', location: 'uploadType' },
  ],
  invalidUploadLength: [
    400,
    'Invalid X-Upload-Content-Length header.',
    { reason: 'invalid', location: 'X-Upload-Content-Length' },
  ],
  // Google's upload servers respond with text: https://github.com/googleapis/google-api-python-client/issues/1801 and
  // https://github.com/googleapis/gcs-resumable-upload/issues/17 quote it.
  invalidChunk: [400, 'Invalid request.  {why}', { reason: 'badRequest', plainText: true }],
  unreadableRange: [400, 'Failed to parse Content-Range header.', { reason: 'badRequest', plainText: true }],
  badContent: [400, 'The multipart body {why}.', { example: { why: 'is empty' } }],
  noBoundary: [400, 'Multipart request without a boundary in its Content-Type.', { reason: 'badContent' }],
  notGzip: [400, 'The request body is not encoded as its Content-Encoding says.', { reason: 'badContent' }],
  unsupportedContent: [400, 'Unsupported content with type: {type}', { reason: 'badContent' }],
  badBatch: [400, '{why}', { reason: 'badRequest' }],

  ...SHARING_ERRORS,

  // Shared drives
  driveNotFound: [404, 'Shared drive not found: {id}', { reason: 'notFound', location: 'driveId' }],
  userCannotCreateTeamDrives: [403, 'This user cannot create shared drives.'],
  teamDriveAlreadyExists: [409, 'A shared drive already exists with this request ID.'],
  cannotDeleteResourceWithChildren: [
    403,
    'A shared drive can only be deleted if it contains nothing but trashed items.',
  ],

  // Comments and revisions
  commentNotFound: [404, 'Comment not found: {id}.', { reason: 'notFound', location: 'commentId' }],
  replyNotFound: [404, 'Reply not found: {id}.', { reason: 'notFound', location: 'replyId' }],
  revisionNotFound: [404, 'Revision not found: {id}.', { reason: 'notFound', location: 'revisionId' }],
  revisionsNotSupported: [403, 'The file does not support revisions.'],
  revisionNotDownloadable: [
    400,
    'A specific revision of this file cannot be downloaded.',
    { reason: 'badRequest', location: 'revisionId', statusWord: 'INVALID_ARGUMENT' },
  ],
  revisionNotKept: [
    403,
    'Only revisions that are kept forever can be downloaded. Set keepForever first.',
    { reason: 'fileNotDownloadable' },
  ],
  keepForeverStays: [
    403,
    'keepForever cannot be unset. Delete the revision instead.',
    { reason: 'fieldNotWritable', location: 'revision.keepForever' },
  ],
  revisionDeletionNotSupported: [403, 'Revisions of this file cannot be deleted.'],
  cannotDeleteOnlyRevision: [403, 'The only revision of a file cannot be deleted.'],
  tooManyPinned: [403, 'At most {count} revisions of a file can be kept forever.', { reason: 'limitExceeded' }],

  // Directory (Admin SDK)
  directoryForbidden: [403, 'Not Authorized to access this resource/api', { reason: 'forbidden' }],
  invalidInput: [400, 'Invalid Input: {name}', { reason: 'invalid', example: { name: 'query' } }],
  domainNotFound: [404, 'Domain not found.', { reason: 'notFound' }],
  userNotFound: [404, 'Resource Not Found: userKey', { reason: 'notFound' }],
  groupNotFound: [404, 'Resource Not Found: groupKey', { reason: 'notFound' }],
  memberNotFound: [404, 'Resource Not Found: memberKey', { reason: 'notFound' }],
  entityExists: [409, 'Entity already exists.', { reason: 'duplicate' }],
  memberExists: [409, 'Member already exists.', { reason: 'duplicate' }],
  cyclicMembershipsNotAllowed: [400, 'Cyclic memberships are not allowed.'],
  pageTokenGone: [410, 'The page token has expired.', { reason: 'deleted' }],

  // The sandbox's pages
  foreignForm: [403, 'This form cannot be sent from another site.', { reason: 'forbidden' }],
} as const satisfies Record<string, ErrorRow>;

export type ErrorName = keyof typeof ERRORS;
