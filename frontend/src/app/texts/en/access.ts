import { AccessCode } from '../../api/models/access-code';
import { PeopleMapCode } from '../../api/models/people-map-code';
import { count, pluralOf } from '../counting';
import { formats } from './formats';

const plural = pluralOf('en');
const { item: items } = formats.counted;
const grantees = (n: number) => `${count(n)} ${plural(n, { one: 'person or group', other: 'people and groups' })}`;
const permissions = (n: number) => `${count(n)} ${plural(n, { one: 'permission', other: 'permissions' })}`;

export const access = {
  heading: 'Who will have access',
  mode: { label: 'Sharing', none: 'Leave out', carry: 'Carry over' },
  off: (account: string) =>
    `The copies can be opened by ${account}, and by people who can open the folder that they go into.`,
  on: 'Everyone who can open an original will be able to open its copy, with the same role, as far as the settings below allow.',
  rules: {
    heading: 'What is carried over, and how',
    list: [
      'Readers, commenters and writers keep their role. A role that the destination does not have, such as manager of a shared drive, becomes the next lower one.',
      'A group counts as one, and so does everyone at a domain: the people in them are not listed one by one.',
      'A link that opens an item for anyone becomes such a link to the copy, unless you choose otherwise below.',
      'Access that ends on a date also ends on that date for the copy, within a year at most: Google allows no more. Where Google allows no end date, the permission is left out and reported.',
      'Google adds an address without a Google account only with an e-mail, which you can allow below.',
      'Google refuses people with whom your organisation or theirs does not allow sharing. The transfer reports each of them. People whose account is suspended get their access, and can use it once the account is active again.',
      'Whether writers may share an item, and whether readers may download, print and copy it, is set as on the original. In a shared drive, its own setting decides who may share.',
    ],
  },
  silent: 'Nobody gets an e-mail.',
  mailed: 'Google e-mails people who have no Google account; nobody else gets an e-mail.',
  uncounted: 'Recount to see who keeps, loses and gains access.',
  outdated: 'These figures are of the last count. Recount to see what your changes do.',
  followed:
    'Sharing can’t be carried over while the targets of shortcuts are copied: choose something else for shortcuts, or leave sharing out.',
  recount: 'Recount with these settings',
  /** In one line: what changes for whom. */
  result: (changes: readonly string[], gains: string) => `${changes.join(', ')}. ${gains}.`,
  totals: {
    label: 'Who can open something now, and what changes for them',
    now: (n: number) => plural(n, { one: 'can open something now', other: 'can open something now' }),
    keeps: (n: number) => plural(n, { one: 'keeps it', other: 'keep it' }),
    less: (n: number) => plural(n, { one: 'gets less', other: 'get less' }),
    loses: (n: number) => plural(n, { one: 'loses it', other: 'lose it' }),
  },
  gains: (n: number) =>
    n === 0 ? 'Nobody gains access' : `${count(n)} ${plural(n, { one: 'gains', other: 'gain' })} access`,
  willBeSet: (n: number, onItems: number) => `${permissions(n)} will be set, on ${items(onItems)}.`,
  refused: (n: number) => `Google will refuse some or all access to ${grantees(n)}; the list says why.`,
  unused: (lines: string) => `No item is shared with: ${lines}.`,
  unusedMore: (lines: string, more: number) => `No item is shared with: ${lines}, and ${count(more)} more.`,
  unusedLine: (from: string, line: number) => `${from} (line ${count(line)})`,
  unreadable: (n: number) =>
    `The source account may not see who has access to ${items(n)}. Their sharing is not carried over.`,
  targetUnreadable:
    'The destination account may not see who can open the destination folder. Those people can open the copies too, and the list lacks them.',
  existingUnreadable: (n: number) =>
    `The destination account may not see who can open ${items(n)} that the copies are merged into or replace. The list may lack people who gain access through them.`,
  map: {
    heading: 'Who becomes whom',
    none: 'No lines: everyone keeps access as themselves.',
    lines: (n: number) => `${count(n)} ${plural(n, { one: 'line', other: 'lines' })}; the most specific one applies`,
    label: 'People map',
    from: 'From',
    to: 'To',
    people: 'People',
    items: 'Items',
    fromHint: 'ana@old.example or @old.example',
    nobody: 'nobody',
    add: 'Add line',
    import: 'Import CSV',
    removeHeading: 'Remove',
    remove: (line: number) => `Remove line ${count(line)}`,
    removed: (from: string) => (from ? `Removed the line for ${from}.` : 'Removed the line.'),
    undo: 'Undo',
    loading: 'The people map is loading.',
    failed: 'The people map could not be loaded',
    errors: (wrong: number, n: number) =>
      `${count(wrong)} of ${count(n)} lines ${plural(wrong, { one: 'has an error', other: 'have errors' })}. F8 goes to the next one.`,
    problems: {
      from: 'Enter an e-mail address, or @ and a domain.',
      to: 'Enter an e-mail address, or @ and a domain, or nothing for nobody.',
      kinds: 'An address becomes an address, and a domain becomes a domain.',
      twice: (line: number) => `Line ${count(line)} has another target for it. Remove one of the two.`,
      most: (n: number, max: number) => `${count(n)} lines. The maximum is ${count(max)}.`,
    },
  },
  importing: {
    heading: 'Import a people map',
    text: 'A CSV file with two columns, “from” and “to”: an e-mail address, or @ and a domain. An empty “to” means nobody. Files saved by Excel work as they are.',
    choose: 'Choose file',
    reading: 'Checking the file',
    read: (n: number, wrong: number) =>
      `${count(n)} ${plural(n, { one: 'line', other: 'lines' })} read, ${count(wrong)} with errors`,
    errors: 'Lines with errors',
    line: (n: number) => `Line ${count(n)}`,
    /** What is wrong with a line; undefined: as the API says it. */
    codes: undefined as Readonly<Record<PeopleMapCode, string>> | undefined,
    moreErrors: (n: number) => `And ${count(n)} more.`,
    replaces: (n: number) =>
      `They replace the ${plural(n, { one: 'line', other: `${count(n)} lines` })} of the current people map.`,
    use: (n: number) => `Use ${count(n)} ${plural(n, { one: 'line', other: 'lines' })}`,
    cancel: 'Cancel',
  },
  settings: {
    unmapped: 'People not in the map',
    unmappedChoices: { keep: 'Keep', drop: 'Leave out' },
    outsiders: 'Outside both domains',
    outsidersChoices: { keep: 'Keep', drop: 'Leave out' },
    links: 'Anyone with the link',
    linksChoices: { keep: 'Keep', restrict: 'Reader at most', drop: 'Leave out' },
    owner: 'The original’s owner',
    ownerChoices: { drop: 'No access', reader: 'Reader', writer: 'Writer' },
    notify: 'Let Google e-mail people who have no Google account',
    notifyHint: 'They cannot be added otherwise.',
  },
  list: {
    label: 'People and groups',
    show: 'Show',
    all: 'All',
    changes: { gains: 'Gains', loses: 'Loses', less: 'Gets less', keeps: 'Keeps' },
    outcomes: {
      waiting: 'Waiting',
      equal: 'As wanted',
      narrower: 'Less than wanted',
      wider: 'Wider than wanted',
      reverted: 'Reverted',
    },
    search: 'Name or address',
    columns: {
      who: 'Person or group',
      becomes: 'Becomes',
      now: 'Now',
      after: 'On the copies',
      change: 'Change',
      outcome: 'Outcome',
    },
    anyone: 'Anyone with the link',
    domain: (name: string) => `Everyone at ${name}`,
    same: 'the same',
    nobody: 'nobody',
    roles: {
      reader: 'reader',
      commenter: 'commenter',
      writer: 'writer',
      fileOrganizer: 'content manager',
      organizer: 'manager',
      owner: 'owner',
    },
    line: (n: number) => `Your line ${count(n)}`,
    types: { user: 'Person', group: 'Group', domain: 'Domain', anyone: 'Link' },
    loading: 'Loading people and groups',
    failed: 'The list could not be loaded',
    empty: 'Nobody but the owner has access.',
    nothingMatches: 'Nobody matches.',
    shown: (n: number, more: boolean) => (more ? `${count(n)} shown, still more` : `${count(n)} shown, that is all`),
    update: 'Update the list',
  },
  /** Why access changes, by code. */
  codes: {
    target_folder: 'Can open the destination folder, and so everything in it',
    existing_folder: 'Can already open a folder in the destination that is merged',
    replaced_item: 'Can already open the item that the copy replaces',
    people_map: 'Your people map gives access',
    original_moved: 'The original was moved out of a folder that they can open; its copy is still there',
    map_nobody: 'Your people map names nobody',
    unmapped_dropped: 'Not in the people map, and you chose to leave such people out',
    outsider_dropped: 'Outside both domains, and you chose to leave such people out',
    link_dropped: 'You chose to leave out links',
    link_restricted: 'You chose: reader at most',
    owner_dropped: 'Owns the original; you chose no access to the copy',
    owner_reduced: 'Owns the original, and gets the role that you chose',
    account_deleted: 'This account no longer exists',
    unreadable: 'The source account may not see who has access',
    role_not_available: 'This role does not exist in the destination; the next lower one is set',
    expired: 'The access ended before it could be set',
    expiry_shortened: 'Google lets access last a year at most, so it ends earlier',
    expiry_differs:
      'Two roles that end at different times, and Google keeps one: the one that was there before, else the one that lasts longer',
    expiry_not_allowed: 'Google allows no end of access here, so the permission is left out',
    no_google_account: 'No Google account: only an e-mail from Google can add this address',
    domain_forbids_sharing_out: 'The destination’s organisation does not allow sharing with this address',
    domain_forbids_sharing_in: 'The organisation of this address does not allow receiving shared files',
    link_not_permitted: 'The destination’s organisation does not allow such links',
    license: 'The person’s licence does not allow this role',
    shared_drive_restricted: 'The destination’s shared drive does not allow it',
    opens_limited_folder: 'Not given: it would also open a copy below whose access could not be limited',
    merged_folder: 'The folder was there before, so who can open it stays as it is',
    refused: 'Google refused it',
    reverted: 'More access than wanted was found, and removed at once',
    changed_since: 'Somebody changed it in the destination after it was set',
  } satisfies Record<AccessCode, string> as Readonly<Record<string, string>>,
  /** Why somebody gains access through a folder that the destination contains already. */
  existingFolder: (path: string, more: boolean) =>
    `Can already open the folder “${path}” in the destination${more ? ', and others' : ''}`,
  /** What you can do about it, where anything helps. */
  fixes: {
    target_folder: 'Choose another destination folder, or change who can open it.',
    existing_folder: 'Change who can open that folder, or copy into a new folder.',
    replaced_item: 'Change who can open that item, or keep both.',
    original_moved: 'Move the copy to another folder in Drive.',
    unreadable: 'Connect the source as the owner, or share the copy yourself.',
    role_not_available: 'Add managers and content managers to the shared drive itself.',
    expiry_not_allowed: 'Share the copy yourself.',
    no_google_account: 'Allow an e-mail from Google, or ask the person to create an account.',
    domain_forbids_sharing_out: 'Ask the destination’s administrator to allow it.',
    domain_forbids_sharing_in: 'Ask the administrator of that organisation to allow it.',
    link_not_permitted: 'Ask the destination’s administrator to allow it.',
    license: 'Ask the person’s administrator for a licence that includes Drive.',
    shared_drive_restricted: 'Ask a manager of the shared drive to allow it.',
    opens_limited_folder: 'Limit the folder below it yourself, then share this one.',
    expiry_differs: 'Give the other role yourself while it is needed.',
    merged_folder: 'Limit the folder yourself, or copy into a new folder.',
    refused: 'Share the copy yourself.',
  } as Partial<Record<AccessCode, string>> as Readonly<Record<string, string | undefined>>,
  transfer: {
    /** The name of the step and of its tab. */
    step: 'Access',
    off: 'Sharing was not carried over: only the destination account, and people who can open the destination folder, can open the copies.',
    carry: {
      heading: 'Carry sharing over now',
      text: 'The copies get the permissions that their originals have now. New and changed items of the source are copied too, as with “Sync new changes”. The tab Access then shows what came of it.',
      keep: 'Not now',
      act: 'Carry over now',
      acting: 'Starting',
    },
    totals: {
      label: 'Permissions of the copies',
      wanted: 'wanted',
      equal: 'as wanted',
      narrower: 'less than wanted',
      wider: 'wider than wanted',
      waiting: 'waiting',
    },
    reasons: 'Why permissions are not as wanted',
    reason: (n: number) => permissions(n),
    csv: 'Download access.csv',
    /** Leads from the figure to those that are not as wanted. */
    see: (n: number) => (n === 1 ? 'See it' : `See the ${count(n)}`),
    progress: (done: number, all: number) => `Setting access: ${count(done)} of ${count(all)}`,
    parked: (when: string) => `Google is limiting sharing changes for now. Resumes automatically: ${when}.`,
    unreadable: (n: number) =>
      `The source account may not see who has access to ${items(n)}. Their sharing was not carried over, and is not part of these figures.`,
    wider: (n: number) =>
      `Access was wider than wanted in ${count(n)} ${plural(n, { one: 'case', other: 'cases' })}. It was reverted at once.`,
    left: (n: number) =>
      `${permissions(n)} should be gone: Google refused to remove ${plural(n, { one: 'it', other: 'them' })}, or the original was moved. Change this in Drive; access.csv lists ${plural(n, { one: 'it', other: 'them' })} as “wider”.`,
    restrictions: (set: number, all: number) =>
      `Restrictions of the originals, such as limited access or no downloading: ${count(set)} of ${count(all)} are set on the copies.`,
    restrictionReason: (title: string, n: number) => `${title} (${count(n)}).`,
    certificate: {
      permissions: 'Permissions of the copies',
      unreadable: 'Sharing not carried over, because it could not be read',
      equal: (n: number, all: number) => `${count(n)} of ${count(all)} as wanted`,
      restrictions: 'Restrictions of the copies',
      set: (n: number, all: number) => `${count(n)} of ${count(all)} set`,
    },
  },
};
