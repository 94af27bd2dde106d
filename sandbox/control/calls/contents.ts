import { arrangeDocument, documentItem, editDocument } from '../../seed/documents.ts';
import { SandboxUsageError } from '../../http/errors.ts';
import {
  arrangeDomain,
  arrangeGroup,
  arrangeOrganization,
  arrangePerson,
  describeOrganization,
} from '../../directory/arrange.ts';
import { arrangeDrive, arrangeItem } from '../../seed/fixtures.ts';
import { fillFromPreset, PRESET_NAMES } from '../../seed/presets.ts';
import { importFolder, makeTree } from '../../seed/seeding.ts';
import type { SandboxState } from '../../sandbox-state.ts';
import { accessPage } from '../access-report.ts';
import { describeTree } from '../tree.ts';
import { call, ok, optional, type ControlCall } from '../call.ts';

export const CONTENTS_CALLS: Record<string, ControlCall> = {
  'GET /organizations': call({
    summary: 'The organisations; every other domain is an organisation of its own',
    answer: '`{organizations: [{customerId, primaryDomain, domains, people}]}`',
    handle: ({ state }) => {
      const organizations = state.store.directory.allOrganizations();
      return ok({ organizations: organizations.map((each) => describeOrganization(state.store, each)) });
    },
  }),
  'POST /organizations': call({
    summary: 'Joins domains into one organisation',
    input: {
      type: 'object',
      required: ['domains'],
      properties: { domains: { type: 'array', items: { type: 'string' }, description: 'The primary one first' } },
    },
    answer: '`{customerId, primaryDomain, domains, people}`',
    handle: ({ state }, input) => ok(arrangeOrganization(state.store, input)),
  }),
  'POST /people': call({
    summary: "Changes the directory's properties of an account; omitted properties do not change",
    input: {
      type: 'object',
      required: ['email'],
      properties: {
        email: { type: 'string' },
        admin: { type: 'boolean', description: 'Super administrator' },
        delegatedAdmin: { type: 'boolean', description: 'May administer people and groups' },
        suspended: { type: 'boolean', description: 'Cannot sign in; no service account can act for the person' },
        archived: { type: 'boolean', description: 'As suspended, with an archive licence' },
        mailboxSetup: { type: 'boolean', description: 'Gmail is switched on' },
        driveLicence: { type: 'boolean', description: 'Drive is switched on' },
        deleted: { type: 'boolean', description: 'Deleted by an administrator, to be restored within 20 days' },
        orgUnitPath: { type: 'string', description: 'Begins with a slash' },
        aliases: {
          type: 'array',
          items: { type: 'string', format: 'email' },
          description: 'Other addresses of the account',
        },
      },
    },
    answer: 'The properties above',
    handle: ({ state }, input) => ok(arrangePerson(state.store, state.now, input)),
  }),
  'POST /groups': call({
    summary: 'Creates a group, or replaces its members',
    input: {
      type: 'object',
      required: ['email', 'members'],
      properties: {
        email: { type: 'string', format: 'email' },
        name: { type: 'string' },
        members: {
          type: 'array',
          items: {
            oneOf: [
              { type: 'string' },
              {
                type: 'object',
                required: ['email'],
                properties: {
                  email: { type: 'string' },
                  role: { type: 'string', enum: ['OWNER', 'MANAGER', 'MEMBER'] },
                },
              },
            ],
          },
          description: 'E-mails of people and groups, or the customer id of an organisation for everyone in it',
        },
        description: { type: 'string' },
      },
    },
    answer: '`{email, name, members}`',
    handle: ({ state }, input) => ok(arrangeGroup(state.store, input)),
  }),
  'POST /domains': call({
    summary: 'Sets what the administrator of a domain allows its people to do',
    input: {
      type: 'object',
      required: ['domain'],
      properties: {
        domain: { type: 'string', format: 'hostname' },
        shareOut: { type: 'boolean', description: 'Share with people of other domains; default true.' },
        shareIn: { type: 'boolean', description: 'Receive items from people of other domains; default true.' },
        publishOut: { type: 'boolean', description: 'Share with anyone who has the link; default true.' },
        trustedDomains: {
          type: 'array',
          items: { type: 'string', format: 'hostname' },
          description: 'Domains that people may share with even if shareOut is false.',
        },
        shareOutWarning: {
          type: 'boolean',
          description: 'Refuse sharing out with a warning that no call can confirm; default false.',
        },
        blockedAddresses: {
          type: 'array',
          items: { type: 'string', format: 'email' },
          description: 'Addresses of other domains that people may not share with.',
        },
        nonGoogleAccounts: {
          type: 'boolean',
          description: 'Invite addresses of other domains that have no account; default true.',
        },
        findableLinks: { type: 'boolean', description: 'Let searches find items shared with anyone; default true.' },
      },
    },
    answer: '`{domain, shareOut, shareIn, publishOut}`',
    handle: ({ state }, input) => ok(arrangeDomain(state.store, input)),
  }),
  'POST /drives': call({
    summary: 'Creates a shared drive with its members. Its id can be the parentId of imports and trees',
    input: {
      type: 'object',
      required: ['name', 'organizer'],
      properties: {
        name: { type: 'string' },
        organizer: { type: 'string', description: 'E-mail of an account' },
        members: {
          type: 'array',
          items: {
            type: 'object',
            required: ['email', 'role'],
            properties: {
              email: { type: 'string' },
              role: { type: 'string', enum: ['reader', 'commenter', 'writer', 'fileOrganizer', 'organizer'] },
            },
          },
        },
      },
    },
    answer: '`{id, name}`',
    handle: ({ state }, input) => ok(arrangeDrive(state.store, state.now, input)),
  }),
  'POST /items': call({
    summary: 'Changes a file in ways that no call to Drive can',
    input: {
      type: 'object',
      required: ['fileId'],
      properties: {
        fileId: { type: 'string' },
        parents: {
          type: 'array',
          items: { type: 'string' },
          description: 'Ids of folders. An empty list makes an orphan; several make an item like those before 2020.',
        },
        abusive: {
          type: 'boolean',
          description: 'Marked as malware: only the owner can download it, with acknowledgeAbuse.',
        },
        resourceKey: { type: ['string', 'null'], description: 'Required from people who have access only by a link.' },
        mimeType: {
          type: 'string',
          description: 'For types that no upload creates, such as application/vnd.google-apps.form.',
        },
      },
    },
    answer: '`{fileId, version}`',
    handle: ({ state }, input) => ok(arrangeItem(state.store, input)),
  }),
  'POST /import': call({
    summary: 'Imports a real folder of this machine into an account',
    description:
      'The sandbox reads the content where it is and never changes it. It skips and counts symbolic links. Stubs of Google documents (.gdoc, .gsheet, .gslides, .gdraw, .gform, …) become Google documents without the extension.',
    input: {
      type: 'object',
      required: ['account', 'path'],
      properties: {
        account: { type: 'string' },
        path: { type: 'string' },
        parentId: { type: 'string', description: 'Default: root' },
      },
    },
    answer: '`{folderId, name, folders, files, bytes, documents, skipped: {symlinks, special, unreadable}}`',
    handle: async ({ state }, input) => {
      const { account, parent } = place(state, input);
      return ok({ ...(await importFolder(state.store, account, input.path, parent)) });
    },
  }),
  'POST /trees': call({
    summary: 'Generates a tree whose content uses no disk',
    description:
      'The same parameters and seed give the same names, folders, times, sizes and bytes. The sizes add up to `bytes`.',
    input: {
      type: 'object',
      required: ['account'],
      properties: {
        account: { type: 'string' },
        folders: { type: 'integer', minimum: 0, default: 0 },
        files: { type: 'integer', minimum: 0, default: 0 },
        bytes: { type: 'integer', minimum: 0, default: 0 },
        seed: { type: 'integer', default: 1 },
        name: { type: 'string', description: 'Name of the new folder with the tree; default: Tree SEED' },
        parentId: { type: 'string' },
      },
    },
    answer: '`{folderId, name, folders, files, bytes}`; folders counts the new top folder as well',
    handle: async ({ state }, input) => {
      const { account, parent } = place(state, input);
      const plan = {
        folders: input.folders ?? 0,
        files: input.files ?? 0,
        bytes: input.bytes ?? 0,
        seed: input.seed ?? 1,
        ...optional('name', input.name),
      };
      return ok(await makeTree(state.store, account, plan, parent));
    },
  }),
  'GET /tree': call({
    summary: 'All items of an account, for comparisons: from the sandbox itself, not through the Drive API',
    input: {
      type: 'object',
      properties: {
        account: { type: 'string', description: 'Default: the first' },
        folderId: { type: 'string', description: 'Only items below this folder' },
        checksums: {
          type: 'boolean',
          default: true,
          description: 'false omits md5 and sha256 that are not known yet',
        },
      },
    },
    answer:
      'A JSON object per line, folders before their contents: path (slashes and backslashes in names escaped by a backslash), names, id, parentId, name, mimeType, owner, md5, sha256, size, createdTime, modifiedTime, trashed, description, starredBy, properties, appProperties, shortcutTarget, text (of Google documents), permissions (of the item itself)',
    answers: 'lines',
    handle: ({ state }, input) => {
      const account = state.store.knownAccount(input.account ?? state.firstAccount.email);
      const from = input.folderId;
      const top = from === undefined ? undefined : state.store.item(from);
      if (from !== undefined && !top) throw new SandboxUsageError(`folderId: There is no folder ${from}.`);
      const orphans = top ? [] : [...account.own].filter((item) => !item.parent);
      return {
        status: 200,
        headers: { 'content-type': 'application/x-ndjson' },
        lines: describeTree(state, top ?? account.root, orphans, input.checksums ?? true),
      };
    },
  }),
  'GET /access': call({
    summary: 'Who may open an item, person by person, with the source of their access: an oracle for tests of sharing',
    input: {
      type: 'object',
      required: ['item'],
      properties: {
        item: { type: 'string', description: 'The id of a file, folder or shared drive.' },
        tree: { type: 'boolean', description: 'Includes the items below it, folders before their contents.' },
        pageSize: { type: 'integer', minimum: 1, default: 1000 },
        pageToken: { type: 'string', description: '`nextPageToken` of the page before.' },
      },
    },
    answer:
      '`{items: [{id, name, parentId, driveId, limited, people: [{email, role, level, account, inactive, via}], links: [{type, role, domain, discoverable}]}], nextPageToken}`. `level` is `metadata` for those who only see that a limited folder exists; `links` are permissions for a domain or anyone.',
    handle: ({ state }, input) => ok({ ...accessPage(state.store, input) }),
  }),
  'POST /documents': call({
    summary: 'Creates a Google document from a short description',
    input: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string' },
        account: { type: 'string', description: 'Its owner; default: the first account' },
        parentId: { type: 'string' },
        document: {
          type: 'object',
          description:
            'content, header, footer, tabs: lists of lines; a line is a text, a piece ({text, url, heading, bookmark, tab, bold, italic, suggest}, {chip}, {person}, {date}, {footnote}, {image}, {chart: {spreadsheetId, chartId}}, {pageBreak}) or a list of them; a block is {text, level, id} (heading), {bullets}, {table}, {contents} or {sectionBreak}',
        },
        spreadsheet: {
          type: 'object',
          description:
            'sheets ({title, sheetId, hidden, rows, merges, protected: [{range, editors, warningOnly}], charts}), names (ranges by name), imports ([{from, by}]: what IMPORTRANGE may read). A cell is what a person types, or {text, links: [{url, part}], chips: [{file}, {url} or {person}, for each @ of the text], note, options, format}',
        },
        presentation: {
          type: 'object',
          description:
            'slides: a list of {title, body (lines), notes (lines), shapes ({text, url}), images ({source, url}), tables (rows of cells), charts ({spreadsheetId, chartId}), videos ({id, source}), lines ({url})}',
        },
        form: { type: 'object', description: 'linkedSheetId: the spreadsheet that collects the responses' },
      },
    },
    example: {
      name: 'Plan',
      document: {
        content: ['Plain', ['see ', { text: 'the list', url: 'https://docs.google.com/document/d/abc/edit' }]],
      },
    },
    answer: '`{id}`',
    handle: ({ state }, input) => {
      const { account, parent } = place(state, { ...input, account: input.account ?? state.firstAccount.email });
      return ok({ id: arrangeDocument(state.store, account, parent, input).id });
    },
  }),
  'GET /documents': call({
    summary: 'The whole model of a Google document, for comparisons',
    input: { type: 'object', required: ['fileId'], properties: { fileId: { type: 'string' } } },
    answer: '`{id, name, mimeType, document}`',
    handle: ({ state }, input) => {
      const item = documentItem(state.store, input.fileId);
      return ok({ id: item.id, name: item.name, mimeType: item.mimeType, document: item.document });
    },
  }),
  'POST /documents/edit': call({
    summary:
      'Edits a Google document like a person who has it open: a write that requires an earlier revision is then refused',
    input: {
      type: 'object',
      required: ['fileId'],
      properties: {
        fileId: { type: 'string' },
        account: { type: 'string', description: 'Who edits; default: the owner' },
        text: { type: 'string', default: 'Edited meanwhile. ' },
        index: { type: 'integer', description: 'Where; default: the end' },
        tabId: { type: 'string' },
      },
    },
    answer: '`{id, revisionId}`',
    handle: ({ state }, input) => ok(editDocument(state, input)),
  }),
  'GET /uploads': call({
    summary: 'Resumable uploads that have started and are not files yet',
    answer: '`{uploads: [{account, name, total, kept}]}`; `kept` is the number of bytes that have arrived',
    handle: ({ state }) => ok({ uploads: state.apis.uploads.sessions.open() }),
  }),
  'POST /uploads/expire': call({
    summary: 'Ends upload sessions as if their week were over',
    input: { type: 'object', properties: { uploadId: { type: 'string', description: 'Default: all' } } },
    answer: '`{expired}`',
    handle: async ({ state }, input) => ok({ expired: await state.apis.uploads.sessions.expire(input.uploadId) }),
  }),
  'POST /storage/fill': call({
    summary: "Limits an account's storage to its present usage, until the behaviour is set again",
    input: {
      type: 'object',
      required: ['account'],
      properties: { account: { type: 'string', description: 'E-mail' } },
    },
    answer: '`{account, storageBytes}`',
    handle: ({ state }, input) => {
      const account = state.store.knownAccount(input.account);
      state.behavior.fillStorage(account);
      return ok({ account: account.email, storageBytes: state.behavior.storageLimit(account) });
    },
  }),
  'POST /presets': call({
    summary: 'Fills an account with a realistic tree whose content uses no disk',
    input: {
      type: 'object',
      required: ['account', 'preset'],
      properties: {
        account: { type: 'string', description: 'E-mail' },
        preset: {
          type: 'string',
          enum: PRESET_NAMES,
          description:
            "graduate: courses, a thesis in many versions, photographs. office: a company with departments, groups, limited folders, links, expiring permissions, outsiders and shared drives. million: a million files in ten thousand folders. hostile: odd names, twins, deep folders, shortcuts in circles, uncopyable and shared items. school: 300 people, classes as groups, folders of teachers with pupils' files inside, suspended leavers. linked: documents, spreadsheets and decks that point at each other.",
        },
        parentId: { type: 'string', description: 'Default: root' },
        seed: { type: 'integer', minimum: 0, default: 1, description: 'The same preset and seed give the same data' },
      },
    },
    answer: '`{preset, items, bytes, people, groups, drives, permissions}`: what it added, in all accounts',
    handle: async ({ state }, input) => {
      const { account, parent: top } = place(state, input);
      const more = { top, ...optional('seed', input.seed) };
      return ok({ ...(await fillFromPreset(state.store, account, input.preset, more)) });
    },
  }),
};

/** The account and the folder that a call names. */
function place(state: SandboxState, { account: email, parentId }: { account: string; parentId?: string | undefined }) {
  const account = state.store.knownAccount(email);
  const parent = parentId === undefined || parentId === 'root' ? account.root : state.store.item(parentId);
  if (!parent?.children) throw new SandboxUsageError(`parentId: There is no folder ${parentId}.`);
  return { account, parent };
}
