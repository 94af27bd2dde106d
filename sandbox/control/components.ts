import { FAULT_KINDS } from '../faults/fault.ts';
import { GOOGLE_REQUEST_QUOTAS } from '../faults/request-quotas.ts';
import { SWITCHES } from '../faults/switches.ts';

/** What the description of the control API says beside its calls. */
export const INFO = {
  title: 'Drive sandbox: control side',
  version: '1.0.0',
  description:
    "How tests, benchmarks and demonstrations drive the sandbox. The sandbox itself answers Google's own addresses on the same origin: OAuth at /o/oauth2/v2/auth, /token (codes, refresh tokens, service accounts' assertions), /revoke, /tokeninfo, /v1/userinfo, /.well-known/openid-configuration, /oauth2/v3/certs and, as PEM, /oauth2/v1/certs; Drive at /drive/v3 and /upload/drive/v3. A script passes the consent page by adding sandbox_account=E-MAIL and sandbox_consent=allow|deny|no_drive to the address of /o/oauth2/v2/auth, or by posting the page's form to the same address: account (an e-mail), scope (once for each ticked permission), decision (allow or deny). Nothing here asks who is calling: the sandbox belongs on a loopback address. Only pages in a browser are refused (403): they could have folders of this machine imported.",
};

export const RESPONSES = {
  Refused: { description: '`{error: {code: 400, message}}`: the message names what is wrong' },
};

/** What each switch decides. */
const SWITCH_TEXTS: Record<keyof typeof SWITCHES, string> = {
  pageSizeAboveMaximum: 'A `pageSize` beyond the maximum: the reference says it is coerced, others saw a 400.',
  copyKeepsProperties: 'Whether `properties` and `appProperties` survive a copy that does not name them.',
  idOnDocs: 'A pre-generated id for a Google document, new or copied: an error, or taken no notice of.',
  takenIdReason: 'The reason of the 409 for an id that is taken.',
  deleteAnswer: 'What deletions answer with: 204, or an empty object.',
  gzipDownloads: 'Whether `gzip` in Accept-Encoding makes downloads arrive encoded.',
  downloadRefusal: 'The reason of a download that is not allowed.',
  copyableScripts: 'Whether scripts, jams and videos can be copied.',
  copyableJams: 'Whether jams can be copied.',
  copyableVideos: 'Whether videos can be copied.',
  unevenChunks: 'A chunk that is no multiple of 256 KiB and not the last: its whole quanta are kept, or it is refused.',
  folderTimeMoves: "Whether a folder's modifiedTime moves when something comes into it or goes.",
  nameEqualityIgnoresCase: "Whether `name = '…'` takes no notice of case.",
  pkceWithSecret: 'Whether a web client may prove itself by PKCE and its secret together.',
  downloadRanges: 'Whether downloads heed a Range.',
  docCopyTakesTime: 'Whether the copy of a Google document takes the modifiedTime that the request names.',
  copyTakesDescription: 'Whether the copy of a blob takes the description that the request names.',
  readOnlyRefusal: 'The reason of a change of a file whose content is read-only.',
  shareOutRefusal:
    'How sharing out of a domain that forbids it is refused: by 403, by 400, or by a refusal of the change as such.',
  folderExpiry: 'The highest role that can end by itself on a folder: the guide says reader, GAM commenter.',
  sharingAboveOwnRole: 'Whether somebody in a shared drive can give a higher role than their own.',
  overlappingShares:
    "Of requests that change one item's permissions at once: the last undoes the others, is refused, or all succeed.",
  inheritedPermissionReason:
    "The reason for a change of what a shared drive's item inherits: the newer one, or `…TeamDrivePermission`.",
  suggestedText: 'What the Docs API does with text that somebody suggested to insert or delete',
  copiesCountForTheDay: 'Whether a copy counts for the 750 GB of the day as an upload does.',
  errorsAreBilled:
    "Whether errors count for the bill: Google says that they do not for Calendar's allowance, and nothing of Drive's.",
  expiredDirectoryToken: 'What the directory answers to a page token older than three days: 400 `invalid`, or 410.',
  suspendedSubject:
    'What delegation to a suspended person gives: a refusal that says so, one as for an unknown address, or a token.',
  withdrawalEndsTokens:
    'Whether a delegation that is withdrawn ends the tokens it gave, or lets them live out their hour.',
  withoutDriveLicence:
    "Drive's answer to a person for whom it is not switched on (`DRIVE_USER_THROW_REASONS` of GAM has both).",
  copyKeepsImports:
    'Whether a copied spreadsheet may import from where its original may: each pair is allowed by a person.',
  bareUrlsAreLinks: 'Whether `hyperlink` is filled for a cell that holds a bare address and nothing else.',
  findReplaceKeepsRuns: "Whether findReplace leaves a cell's runs, and so its links, in a text that it changes.",
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
        description: 'For each account; `google` are those that Google has',
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
              writesPerSecond: { type: 'number', description: 'That can be kept up' },
              writeBurst: {
                type: 'number',
                description: 'That are in store after a quiet time; default: those of one second',
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
        description: 'APIs that the projects have not enabled: their calls are answered with 403 SERVICE_DISABLED',
        type: 'array',
        items: { enum: ['docs', 'slides', 'sheets', 'admin', 'drive'] },
      },
      indexLagMs: { type: 'number', description: 'How long files.list does not know a new item' },
      permissionLagMs: { type: 'number', description: 'How long a new permission does not work' },
      seed: {
        type: 'number',
        default: 1,
        description:
          'Of the luck in probabilities and realistic latency: the same seed gives the same run, whatever happens at the same time',
      },
      latencyScale: { type: 'number', default: 1, description: 'Multiplies every latency' },
      limits: {
        type: 'object',
        description: "Google's own limits, made small for a test; what is left out stays as Google has it.",
        properties: {
          childrenPerFolder: {
            type: 'number',
            minimum: 0,
            description: 'Items in one folder, My Drive\'s top excepted ("Create and populate folders").',
          },
          folderDepth: {
            type: 'number',
            minimum: 0,
            description: 'Folders inside each other, in My Drive and in a shared drive.',
          },
          itemsPerAccount: { type: 'number', minimum: 0, description: 'Items one person may have created.' },
          itemsPerDrive: {
            type: 'number',
            minimum: 0,
            description: 'Items in a shared drive, its trash included ("Shared drive limits").',
          },
          membersPerDrive: { type: 'number', minimum: 0 },
          groupsPerItem: { type: 'number', minimum: 0, description: 'Groups on an item of a shared drive.' },
          peoplePerItem: { type: 'number', minimum: 0, description: 'People one file is shared with.' },
          copyBytes: { type: 'number', minimum: 0, description: 'Bytes of a file that may be copied or uploaded.' },
          uploadBytes: { type: 'number', minimum: 0 },
          exportBytes: { type: 'number', minimum: 0, description: 'Bytes an export may have.' },
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
            description: 'Earlier contents of a file that are kept though nobody pinned them, and pinned ones.',
          },
          pinnedRevisions: { type: 'number', minimum: 0 },
          pageTokenMs: {
            type: 'number',
            minimum: 0,
            description: 'How long a page token of files.list is good, in milliseconds: Google says "several hours".',
          },
          trashMs: {
            type: 'number',
            minimum: 0,
            description: 'After this many milliseconds the trash is emptied, and revisions that nobody pinned go.',
          },
          revisionMs: { type: 'number', minimum: 0 },
        },
      },
      switches: {
        type: 'object',
        description: 'Answers to what no source settles about Google; the first is the default.',
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
      "The first fault that matches strikes. Operations are Google's method ids (files.list, files.copy, permissions.create, about.get, …) and files.download (alt=media), files.upload (media and multipart), files.upload.start, files.upload.chunk, files.upload.cancel, oauth.token, oauth.revoke, oauth.authorize, oauth.userinfo.",
    properties: {
      operation: {
        description: 'One, several, `files.*` or `*`',
        oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      },
      account: { type: 'string', description: 'E-mail of the caller' },
      fileId: { type: 'string' },
      name: { type: 'string', description: 'Name of the file in the address, or of the one being made' },
      nth: {
        type: 'integer',
        description: 'From which matching request on, counted from 1; then `times` is 1 unless given',
      },
      times: { type: 'integer', description: 'How often it strikes; default: always' },
      probability: { type: 'number', minimum: 0, maximum: 1 },
      kind: {
        enum: FAULT_KINDS,
        default: 'error',
        description:
          "error: refused with status and reason. slow: carried out delayMs later. drop: the connection breaks; in an upload after half of the body, or after afterBytes (0: before any of it; its length: after all of it, and the file is there). truncate: the answer breaks off in the middle or after afterBytes. shortBody: the answer is as short as its Content-Length says, and less than there is. stall: the answer stops and the connection stays open; in an upload the sandbox stops reading. wrongBytes: one byte of the answer is wrong. drip: the answer comes byte by byte, one every delayMs (100). replaceBody: carried out, then answered with 200 and body as JSON, whatever that is. loopPages: the list leads on to an empty page, and that to another one and back. failAfterWrite: done, then answered with status and reason, or without either by a broken connection. expireToken, revokeGrant: the caller's access tokens, or all it granted, are worth nothing from here on. withdrawDelegation, suspendPerson, removeLicence: from here on no service account may act for the organisation of the account that calls or asks for a token; that account is suspended; it has no licence for Drive. wrongContent: what is copied or uploaded lands with other bytes. changeFile: somebody changes the file while it is copied or read. expireSession: the upload session is over. keepLess: 308, and half of the chunk (or afterBytes) was kept. staleList: what was made in the last lagMs is not listed yet. duplicateEntries, missingEntries: the page repeats the last entries of the one before, or lacks its own first. omitPermissionIds: a share (1) of the entries lacks permissionIds and permissions; which, seed and their names decide. mailNotSent: the item is shared, and the response is a 400 because its e-mail could not be sent.",
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
      delayMs: { type: 'number', description: 'Waits so long before anything else' },
      lagMs: { type: 'number', default: 3600000 },
      entries: { type: 'integer', default: 1 },
      body: { type: 'string', description: 'Of replaceBody' },
      share: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        description: 'Of omitPermissionIds: the share of the entries that lack them.',
      },
    },
  },
};
