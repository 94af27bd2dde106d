import { FAULT_KINDS } from '../faults/fault.ts';
import { GOOGLE_REQUEST_QUOTAS } from '../faults/request-quotas.ts';
import { SWITCHES } from '../faults/switches.ts';

/** The description of the control API as a whole. */
export const INFO = {
  title: 'Drive sandbox: control API',
  version: '1.0.0',
  description:
    "Tests, benchmarks and demonstrations control the sandbox with these calls. Google's own APIs are on the same origin: OAuth at /o/oauth2/v2/auth, /token (codes, refresh tokens, service accounts' assertions), /revoke, /tokeninfo, /v1/userinfo, /.well-known/openid-configuration, /oauth2/v3/certs and, as PEM, /oauth2/v1/certs; Drive at /drive/v3 and /upload/drive/v3. A script skips the consent page by adding sandbox_account=E-MAIL and sandbox_consent=allow|deny|no_drive to the address of /o/oauth2/v2/auth, or by posting the page's form to the same address: account (an e-mail), scope (once for each ticked permission), decision (allow or deny). These calls need no authentication: run the sandbox on a loopback address. Only pages in a browser are refused (403), because they could import folders of this machine.",
};

export const RESPONSES = {
  Refused: { description: '`{error: {code: 400, message}}`: the message names the invalid field' },
};

/** The question that each switch settles. */
const SWITCH_TEXTS: Record<keyof typeof SWITCHES, string> = {
  pageSizeAboveMaximum: 'A `pageSize` above the maximum: the reference says it is reduced, others saw a 400.',
  copyKeepsProperties: 'Whether a copy keeps `properties` and `appProperties` by default.',
  idOnDocs: 'A generated id for a Google document, new or copied: refused, or ignored.',
  takenIdReason: 'The reason of the 409 for an id that is taken.',
  deleteAnswer: 'The response to deletions: 204, or an empty object.',
  gzipDownloads: 'Whether downloads are encoded if Accept-Encoding has `gzip`.',
  downloadRefusal: 'The reason of the refusal of a download that is not allowed.',
  copyableScripts: 'Whether scripts, jams and videos can be copied.',
  copyableJams: 'Whether jams can be copied.',
  copyableVideos: 'Whether videos can be copied.',
  unevenChunks:
    'A chunk that is not a multiple of 256 KiB and not the last: its whole multiples are stored, or it is refused.',
  folderTimeMoves: "Whether a folder's modifiedTime changes when an item is added or removed.",
  nameEqualityIgnoresCase: "Whether `name = '…'` ignores case.",
  pkceWithSecret: 'Whether a web client may use PKCE and its secret together.',
  downloadRanges: 'Whether downloads support Range.',
  docCopyTakesTime: 'Whether the copy of a Google document gets the modifiedTime of the request.',
  copyTakesDescription: 'Whether the copy of a blob gets the description of the request.',
  readOnlyRefusal: 'The reason of the refusal to change a file whose content is read-only.',
  shareOutRefusal: 'The error for sharing outside of a domain whose policy forbids it.',
  folderExpiry: 'The highest role with an expiry on a folder: the guide says reader, GAM commenter.',
  sharingAboveOwnRole: 'Whether a member of a shared drive can give a higher role than their own.',
  overlappingShares:
    "Several requests change one item's permissions at the same time: the last one wins, is refused, or all succeed.",
  inheritedPermissionReason:
    'The reason of the refusal to change an inherited permission in a shared drive: the newer one, or `…TeamDrivePermission`.',
  suggestedText: 'How the Docs API treats suggested insertions and deletions.',
  copiesCountForTheDay: 'Whether a copy counts for the 750 GB of the day as an upload does.',
  errorsAreBilled:
    "Whether errors are billed: Google says that they do not count for Calendar's allowance, and nothing about Drive's.",
  expiredDirectoryToken: 'The response to a page token older than three days: 400 `invalid`, or 410.',
  suspendedSubject:
    'Delegation for a suspended person: a refusal that says so, one like that for an unknown address, or a token.',
  withdrawalEndsTokens: 'Whether the withdrawal of a delegation ends its tokens, or lets them live out their hour.',
  withoutDriveLicence: 'The refusal of a person without a Drive licence (`DRIVE_USER_THROW_REASONS` of GAM has both).',
  copyKeepsImports:
    'Whether a copied spreadsheet may import from the same spreadsheets as its original; a person allows each pair.',
  bareUrlsAreLinks: 'Whether a cell whose text is a web address has a `hyperlink`.',
  findReplaceKeepsRuns: 'Whether findReplace keeps the runs, including links, of a text that it changes.',
};

const REQUEST_QUOTAS = Object.fromEntries(
  Object.keys(GOOGLE_REQUEST_QUOTAS).map((name) => {
    const whose = name.startsWith('project') ? 'of all accounts through one OAuth client' : 'of a person';
    return [name, { type: 'number', description: `Requests ${whose}` }];
  }),
);

/** Input that `Behavior.set` and `Meter.setPrices` check. */
export const SCHEMAS = {
  Prices: {
    type: 'object',
    properties: {
      freeUnitsPerDay: {
        type: 'object',
        properties: {
          light: { type: ['number', 'null'], minimum: 0 },
          medium: { type: ['number', 'null'], minimum: 0 },
          plus: { type: ['number', 'null'], minimum: 0 },
          top: { type: ['number', 'null'], minimum: 0 },
        },
        description: 'Units of a bucket that cost nothing, each day; null for all',
      },
      perMillionUnits: {
        type: 'object',
        properties: {
          light: { type: 'number', minimum: 0 },
          medium: { type: 'number', minimum: 0 },
          plus: { type: 'number', minimum: 0 },
          top: { type: 'number', minimum: 0 },
        },
      },
      freeEgressBytesPerDay: { type: ['number', 'null'], minimum: 0, description: 'Default 10¹²' },
      perGigabyte: { type: 'number', minimum: 0 },
    },
  },
  Behavior: {
    type: 'object',
    additionalProperties: false,
    properties: {
      latencyMs: {
        description:
          'Milliseconds before each answer: one value, or a value by operation with `*` for the others. `realistic` draws from a distribution with a heavy tail around a typical time of the operation, the same one for the same seed.',
        oneOf: [
          { type: 'number' },
          { const: 'realistic' },
          { type: 'object', additionalProperties: { oneOf: [{ type: 'number' }, { const: 'realistic' }] } },
        ],
        default: 0,
      },
      faults: { type: 'array', items: { $ref: '#/components/schemas/Fault' } },
      quotas: {
        description: "For each account; `google` sets Google's own",
        oneOf: [
          { const: 'google' },
          {
            type: 'object',
            additionalProperties: false,
            properties: {
              unitsPerMinute: {
                type: 'number',
                description: 'Quota units: get 5, list 100, download 200, edit 50, other 5',
              },
              projectUnitsPerMinute: { type: 'number', description: 'Of all accounts through one OAuth client' },
              writesPerSecond: { type: 'number', description: 'Sustained rate' },
              writeBurst: {
                type: 'number',
                description: 'Maximum burst after a pause; default: the writes of one second',
              },
              bytesPerDay: { type: 'number', description: 'Uploaded and copied together, in 24 hours' },
              storageBytes: { type: 'number', description: 'Storage of every account' },
              ...REQUEST_QUOTAS,
              sharesPerDay: {
                type: 'integer',
                minimum: 0,
                description: 'Permissions that an account may give or change in 24 hours.',
              },
            },
          },
        ],
      },
      disabledApis: {
        description: 'APIs that the projects have not enabled; their calls get 403 SERVICE_DISABLED',
        type: 'array',
        items: { enum: ['docs', 'slides', 'sheets', 'forms', 'admin', 'drive'] },
      },
      indexLagMs: { type: 'number', description: 'Milliseconds until files.list shows a new item' },
      permissionLagMs: { type: 'number', description: 'Milliseconds until a new permission takes effect' },
      seed: {
        type: 'number',
        default: 1,
        description:
          'Seed of probabilities and realistic latency: the same seed gives the same run, independent of concurrency',
      },
      latencyScale: { type: 'number', default: 1, description: 'Multiplies every latency' },
      limits: {
        type: 'object',
        description: "Google's own limits, reduced for a test; omitted ones stay Google's.",
        properties: {
          childrenPerFolder: {
            type: 'number',
            minimum: 0,
            description: 'Maximum items in a folder, except the top of My Drive ("Create and populate folders").',
          },
          folderDepth: {
            type: 'number',
            minimum: 0,
            description: 'Maximum depth of folders, in My Drive and in a shared drive.',
          },
          itemsPerAccount: { type: 'number', minimum: 0, description: 'Maximum items that a person has created.' },
          itemsPerDrive: {
            type: 'number',
            minimum: 0,
            description: 'Maximum items in a shared drive, including its trash ("Shared drive limits").',
          },
          membersPerDrive: { type: 'number', minimum: 0 },
          groupsPerItem: {
            type: 'number',
            minimum: 0,
            description: 'Maximum groups with a permission on an item of a shared drive.',
          },
          peoplePerItem: { type: 'number', minimum: 0, description: 'Maximum people with whom a file is shared.' },
          copyBytes: { type: 'number', minimum: 0, description: 'Maximum bytes of a file that is copied or uploaded.' },
          uploadBytes: { type: 'number', minimum: 0 },
          exportBytes: { type: 'number', minimum: 0, description: 'Maximum bytes of an export.' },
          propertiesPerFile: {
            type: 'number',
            minimum: 0,
            description:
              'Custom properties of a file in all, the public ones, and those of one app ("Add custom file properties").',
          },
          publicProperties: { type: 'number', minimum: 0 },
          privateProperties: { type: 'number', minimum: 0 },
          revisions: {
            type: 'number',
            minimum: 0,
            description:
              'Revisions of a file that are kept although they are not pinned; `pinnedRevisions`: pinned ones.',
          },
          pinnedRevisions: { type: 'number', minimum: 0 },
          pageTokenMs: {
            type: 'number',
            minimum: 0,
            description: 'Lifetime of a page token of files.list, in milliseconds: Google says "several hours".',
          },
          trashMs: {
            type: 'number',
            minimum: 0,
            description: 'Milliseconds after which items in the trash, and revisions that are not pinned, are deleted.',
          },
          revisionMs: { type: 'number', minimum: 0 },
        },
      },
      switches: {
        type: 'object',
        description: "Google's behaviour where no source settles it; the first value is the default.",
        properties: Object.fromEntries(
          Object.entries(SWITCHES).map(([name, answers]) => [
            name,
            { enum: answers, default: answers[0], description: SWITCH_TEXTS[name as keyof typeof SWITCHES] },
          ]),
        ),
      },
    },
  },
  Fault: {
    type: 'object',
    required: ['operation'],
    additionalProperties: false,
    description:
      "The first matching fault applies. Operations are Google's method ids (files.list, files.copy, permissions.create, about.get, …) and files.download (alt=media), files.upload (media and multipart), files.upload.start, files.upload.chunk, files.upload.cancel, oauth.token, oauth.revoke, oauth.authorize, oauth.userinfo.",
    properties: {
      operation: {
        description: 'One, several, `files.*` or `*`',
        oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      },
      account: { type: 'string', description: 'E-mail of the caller' },
      fileId: { type: 'string' },
      name: { type: 'string', description: 'Name of the file in the address, or of the new file' },
      nth: {
        type: 'integer',
        description: 'The first matching request to hit, counted from 1; `times` is then 1 by default',
      },
      times: { type: 'integer', description: 'How often it hits; default: always' },
      probability: { type: 'number', minimum: 0, maximum: 1 },
      kind: {
        enum: Object.keys(FAULT_KINDS),
        default: 'error',
        description: Object.entries(FAULT_KINDS)
          .map(([kind, does]) => `${kind}: ${does}.`)
          .join(' '),
      },
      status: { type: 'integer', minimum: 400, maximum: 599, description: 'Default: that of the reason, or 503' },
      reason: {
        type: 'string',
        description:
          "Google's reason, such as userRateLimitExceeded; for /token the OAuth error, such as invalid_grant",
      },
      message: { type: 'string' },
      retryAfter: { type: 'number', description: 'Seconds, sent as Retry-After' },
      afterBytes: { type: 'integer' },
      delayMs: { type: 'number', description: 'Milliseconds to wait before everything else' },
      lagMs: { type: 'number', default: 3600000 },
      entries: { type: 'integer', default: 1 },
      body: { type: 'string', description: 'For replaceBody' },
      share: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        description: 'For omitPermissionIds and incompleteSearch: the share of the entries without them, or missing.',
      },
    },
  },
};
