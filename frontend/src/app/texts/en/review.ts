import { ReasonCode } from '../../api/models/reason-code';
import { count, pluralOf } from '../counting';
import { formats } from './formats';

const plural = pluralOf('en');
const { item: items } = formats.counted;

export const review = {
  heading: {
    loading: 'Review',
    counting: 'Counting what will be copied',
    all: (n: number) => plural(n, { one: 'The item can be copied', other: `All ${items(n)} can be copied` }),
    some: (n: number, found: number) => `${count(n)} of ${items(found)} can be copied`,
    nothing: 'Nothing can be copied',
    empty: 'Nothing was found',
    failed: 'The count could not be completed',
    gone: 'This count no longer exists',
  },
  lead: {
    counted: (ago: string, size: string, folders: number) =>
      `Counted ${ago}, ${size} in ${count(folders)} ${plural(folders, { one: 'folder', other: 'folders' })}.`,
    cannot: (n: number) => `${items(n)} cannot be copied.`,
    undecided: (n: number) => `${items(n)} ${plural(n, { one: 'waits', other: 'wait' })} for your decision.`,
    cannotAndUndecided: (n: number, open: number) =>
      `${items(n)} cannot be copied and ${count(open)} ${plural(open, { one: 'waits', other: 'wait' })} for your decision.`,
    alreadyThere: (n: number) =>
      `${items(n)} already ${plural(n, { one: 'exists', other: 'exist' })} in the destination and will be left out.`,
    shortcuts: (n: number) => `${count(n)} ${plural(n, { one: 'shortcut is', other: 'shortcuts are' })} left out.`,
    filtered: (n: number) => `The filter left out ${items(n)}.`,
    unasked: (n: number) =>
      `Shortcuts lead to more items outside the selection than CloudMover checks: ${count(n)} ${plural(n, { one: 'was', other: 'were' })} not checked. Shortcuts to items that the destination account cannot see will fail.`,
    unaskedRights: (n: number) =>
      `Under the temporary share, the destination account may not copy some items. CloudMover checks only the first ${count(10_000)} of them for other access: ${count(n)} ${plural(n, { one: 'was', other: 'were' })} not checked, and may be copied after all.`,
    changed: (added: number, removed: number) =>
      `During the count, ${items(added)} appeared and ${count(removed)} ${plural(removed, { one: 'was', other: 'were' })} removed.`,
  },
  ago: {
    now: 'just now',
    minutes: (n: number) => `${count(n)} ${plural(n, { one: 'minute', other: 'minutes' })} ago`,
  },
  counting: {
    soFar: (n: number, size: string) => `${plural(n, { one: 'item', other: 'items' })} so far, ${size}`,
    noTotal:
      'Google gives no totals, so there is no percentage yet. You can leave; the count is kept for 1 hour at this address.',
    stop: 'Stop counting',
    stopping: 'Stopping',
    stopped: 'Counting stopped. Your selection is kept.',
    title: (n: number) => `Counting ${count(n)}`,
    broken: 'Connection lost. Counting continues on the server; this page will reconnect shortly.',
    waiting: {
      heading: 'Waiting for Google',
      text: (when: string) => `Google accepts no requests for now. Counting resumes automatically: ${when}.`,
    },
    parked: {
      heading: (account: string) => `Reconnect ${account}`,
      text: (n: number) =>
        `CloudMover no longer has access. ${items(n)} ${plural(n, { one: 'is', other: 'are' })} counted; counting resumes once you reconnect.`,
      waits: 'This count is waiting for you',
      waitsText: (account: string) => `${account} is connected again. Select “Resume counting” to continue.`,
      resume: 'Resume counting',
      reconnect: { source: 'Reconnect source', destination: 'Reconnect destination' },
    },
  },
  methods: {
    heading: 'How items will be copied',
    again: 'Count again',
    summary: (parts: string) => `Methods: ${parts}`,
    columns: { method: 'Method', items: 'Items', size: 'Size', meaning: 'What it means' },
    serverCopy: {
      name: 'Copied inside Google',
      short: 'inside Google',
      meaning: 'Fastest. Google Docs stay Google Docs. No content passes through CloudMover.',
    },
    relay: {
      name: 'Through CloudMover',
      short: 'through CloudMover',
      meaning:
        'The destination account can’t copy these itself, so CloudMover streams them from the source: checked on the way, never stored.',
    },
    created: {
      name: 'Re-created',
      short: 're-created',
      meaning: 'Folders and shortcuts. A shortcut points to the copy, if there is one.',
    },
    converted: {
      name: 'Converted',
      short: 'converted',
      undecided: 'for you to decide',
      meaning: 'Exported and imported again. Layout, comments and formulas may change.',
      allow: (n: number) => `Allow conversion for ${plural(n, { one: 'this item', other: `these ${count(n)}` })}`,
    },
    none: {
      name: 'Cannot be copied',
      short: 'cannot be copied',
      seeAll: (n: number) => plural(n, { one: 'See it', other: `See all ${count(n)}` }),
    },
    replaced: (n: number) => `${items(n)} in the destination will be replaced; what was there goes to the trash.`,
    merged: (n: number) => `${count(n)} ${plural(n, { one: 'folder is', other: 'folders are' })} merged.`,
  },
  filter: {
    heading: 'What’s included',
    everything: 'Everything you selected',
    change: 'Choose what to include',
    clear: 'Clear filter',
    foldersHint: 'Only items that match every condition are included. Subfolders are always searched.',
    type: 'Type',
    types: {
      document: 'Documents',
      spreadsheet: 'Spreadsheets',
      presentation: 'Presentations',
      pdf: 'PDF',
      image: 'Images',
      video: 'Videos',
      audio: 'Audio',
      archive: 'Archives (zip …)',
      other: 'Everything else',
    },
    name: 'Name',
    namePlaceholder: '*.pdf',
    nameHint: 'The whole name: * stands for any text, ? for one character.',
    size: 'Size in MB',
    sizeHint: 'Google Docs, Sheets and the like have no size and count as 0.',
    changed: 'Last changed',
    from: 'From',
    upTo: 'Up to',
    owner: 'Owner',
    owners: { anyone: 'Anyone', me: 'The source account', person: 'Someone else' },
    address: 'Owner’s e-mail address',
    conditions: {
      name: (pattern: string) => `named ${pattern}`,
      min: (size: string) => `${size} or more`,
      max: (size: string) => `${size} or less`,
      after: (date: string) => `changed on ${date} or later`,
      before: (date: string) => `changed on ${date} or earlier`,
      mine: 'owned by the source account',
      owner: (email: string) => `owned by ${email}`,
    },
    problems: {
      size: 'Enter a size in megabytes, such as 2.5.',
      sizes: 'The smallest size is larger than the largest, so nothing would be included.',
      day: 'Enter a date with a four-digit year.',
      dates: 'The first day is after the last one, so nothing would be included.',
      owner: 'Enter the owner’s e-mail address.',
    },
  },
  /** What is selected, and where the copies will be. */
  what: { from: (account: string) => `From ${account}`, to: (account: string) => `To ${account}` },
  checks: {
    heading: 'Checks',
    summary: (passed: number, toKnow: number, blocking: number) =>
      [
        `${count(passed)} passed`,
        ...(toKnow > 0 ? [`${count(toKnow)} to note`] : []),
        ...(blocking > 0 ? [`${count(blocking)} blocking`] : []),
      ].join(', '),
    space: {
      ok: 'Enough space in the destination',
      bad: 'Not enough space in the destination',
      fits: (needed: string, free: string) => `Needs ${needed}, ${free} free.`,
      unlimited: (needed: string) => `Needs ${needed}, and there is no storage limit.`,
      full: (needed: string, free: string) => `Needs up to ${needed}, ${free} free. Free some space, or select less.`,
    },
    daily: {
      ok: 'Fits in Google’s daily limit',
      bad: 'More than Google’s daily limit',
      fits: (needed: string, limit: string) => `${needed} of the ${limit} an account may receive in 24 hours.`,
      waits: (needed: string, limit: string) =>
        `${needed}, and an account may receive ${limit} in 24 hours. The transfer waits and resumes automatically.`,
      moved: (moved: string) =>
        `CloudMover has transferred ${moved} into this account in the last 24 hours; other apps may have used some.`,
    },
    units: {
      ok: 'Fits in today’s Google units',
      bad: 'Needs more than today’s Google units',
      fits: (needed: string, left: string, limit: string) =>
        `Needs about ${needed}; ${left} of today’s ${limit} are left for all transfers of this server.`,
      waits: (needed: string, left: string, limit: string, days: number) =>
        `Needs about ${needed}, but ${left} of today’s ${limit} are left for all transfers of this server. The transfer waits, resumes automatically, and takes ${count(days)} days.`,
    },
    folders: {
      ok: 'Folder sizes and depth',
      text: (largest: number, deepest: number, mostItems: number, mostLevels: number) =>
        `Largest folder ${items(largest)}, deepest path ${count(deepest)} ${plural(deepest, { one: 'level', other: 'levels' })}. Google allows ${count(mostItems)} and ${count(mostLevels)}.`,
      depthText: (deepest: number, mostLevels: number) =>
        `The deepest path has ${count(deepest)} ${plural(deepest, { one: 'level', other: 'levels' })}. Google allows ${count(mostLevels)}.`,
      tooDeep: 'Too deep for Google',
      tooDeepText: (n: number, most: number) =>
        `${items(n)} would be more than ${count(most)} levels deep. Choose a destination closer to the top of the drive, or select a deeper source folder.`,
      tooLarge: 'A folder is too large for Google',
      tooLargeText: (path: string, n: number, most: number) =>
        `“${path}” contains ${items(n)}; Google allows ${count(most)} in a folder. Split it in the source.`,
    },
    targetSize: {
      ok: 'The destination folder has room',
      over: 'The destination folder would be too large for Google',
      uncounted: 'The destination folder is very full',
    },
    sharedDrive: {
      ok: 'The shared drive has room',
      over: 'The shared drive would be too full for Google',
      uncounted: 'The shared drive is very full',
    },
    holds: {
      text: (n: number, most: number) => `Already there: ${items(n)}. Google allows ${count(most)}.`,
      over: (n: number, most: number) =>
        `Already there: ${items(n)}. With the copies, there would be more than the ${count(most)} that Google allows. Choose another destination, or select less.`,
      uncounted: (n: number, most: number) =>
        `Already there: more than ${items(n)}; counting them all would take too long. Google allows ${count(most)}.`,
    },
    others: {
      title: (n: number) => `${items(n)} ${plural(n, { one: 'belongs', other: 'belong' })} to someone else`,
      copy: 'With Move their originals stay where they are, because only an owner can trash a file.',
      move: 'Their originals stay where they are, because only an owner can trash a file.',
    },
    target: {
      ok: 'Items can be added to the destination folder',
      okText: (folder: string) => `Copies go to ${folder}.`,
      bad: 'Nothing can be added to the destination folder',
    },
    room: {
      title: 'CloudMover has no room for the list of all items',
      text: 'Select less at a time, or ask your administrator to give CloudMover’s database (Redis) more memory.',
    },
    kinds: { ok: 'Passed', info: 'To note', bad: 'Blocking' },
  },
  stays: {
    heading: 'What isn’t copied',
    /** By the mode of sharing. */
    none: {
      result: 'Sharing settings, version history and resolved comments stay with the originals.',
      text: 'Names, folders, types, dates, descriptions and open comments are copied.',
    },
    carry: {
      result: 'Version history and resolved comments stay with the originals.',
      text: 'Names, folders, types, dates, descriptions and open comments are copied; access as shown above.',
    },
    /** By the choice for links. */
    links: {
      leave: 'Links inside documents still point to the originals.',
      report: 'Links inside documents are listed, and still point to the originals.',
      rewrite: 'Links inside documents are rewritten as shown above.',
    },
  },
  problems: {
    heading: 'Cannot be copied, item by item',
    hide: 'Hide the list',
    reason: 'Reason',
    allReasons: 'All reasons',
    caption: 'Items that cannot be copied, or only with some loss',
    columns: { item: 'Item', size: 'Size', why: 'Why, and what you can do' },
    loses: (what: string) => `Loses: ${what}`,
    /** By type; the server's own words are shown for one that is missing here. */
    losses: {
      'application/vnd.google-apps.document':
        'version history; authors and times of comments and suggestions; attached scripts; smart chips',
      'application/vnd.google-apps.spreadsheet':
        'version history; authors and times of comments; attached scripts and forms; functions that Excel does not have; filter views',
      'application/vnd.google-apps.presentation':
        'version history; authors and times of comments; attached scripts; links to charts in spreadsheets; fonts and animations that PowerPoint does not have',
      'application/vnd.google-apps.script': 'version history; deployments; triggers; script properties',
    } as Partial<Record<string, string>>,
    more: 'Show more',
    loading: 'Loading the list',
    shown: (n: number, more: boolean) => (more ? `${count(n)} shown, still more` : `${items(n)}, all shown`),
    /**
     * By the reason's code; the server's own words are shown for one that is missing here. Without a title: that of a
     * transfer's reasons.
     */
    reasons: {
      source_permission_denied: {
        advice: 'Ask the owner to allow it, then count again.',
        short: (n: number) => `${count(n)} that can’t be downloaded`,
      },
      not_copyable: {
        advice: 'Open it in Drive: some can be exported or re-created manually.',
        short: (n: number) => `${count(n)} of types that Google cannot copy`,
      },
      conversion_needed: {
        advice:
          'Allow conversion. Or ask the owner to let viewers copy it, in its sharing settings, or connect the source with full access; then count again.',
        short: (n: number) => `${count(n)} only by conversion`,
      },
      sharing_refused: {
        advice:
          'Share it with the destination account manually, or connect the source with full access; then count again.',
        short: (n: number) => `${count(n)} that may not be shared`,
      },
      cannot_copy: {
        advice: 'Ask the owner to let viewers copy it, in its sharing settings. Then count again.',
        short: (n: number) => `${count(n)} that viewers may not copy`,
      },
      lossy: {
        advice: 'Ask the owner to allow copying if that matters.',
        short: (n: number) => `${count(n)} converted`,
      },
      contents_hidden: {
        advice: 'Ask the owner for access, then count again.',
        short: (n: number) => `${count(n)} ${plural(n, { one: 'folder', other: 'folders' })} whose contents are hidden`,
      },
      too_large: {
        advice: 'Split the file.',
        short: (n: number) => `${count(n)} too large`,
      },
      folder_limit: {
        title: 'It would be more than 100 levels deep.',
        advice: 'Choose a destination closer to the top of the drive.',
        short: (n: number) => `${count(n)} too deep`,
      },
      shortcut_target_hidden: {
        advice: 'Share its target with the destination account, or select that too.',
        short: (n: number) => `${count(n)} ${plural(n, { one: 'shortcut', other: 'shortcuts' })} to hidden files`,
      },
      shortcut_dangling: {
        title: 'A shortcut to something that no longer exists, is not shared or is not copied.',
        advice: 'You don’t need to do anything.',
        short: (n: number) => `${count(n)} ${plural(n, { one: 'shortcut', other: 'shortcuts' })} to missing files`,
      },
      shortcut_skipped: {
        title: 'Shortcuts are left out, as chosen in the options.',
        advice: 'You don’t need to do anything.',
        short: (n: number) => `${count(n)} ${plural(n, { one: 'shortcut', other: 'shortcuts' })} left out`,
      },
      filtered_empty: {
        title: 'The filter leaves out everything in these folders, so they are not created.',
        advice: 'You don’t need to do anything.',
        short: (n: number) => `${count(n)} ${plural(n, { one: 'folder', other: 'folders' })} left empty by the filter`,
      },
    } as Partial<Record<ReasonCode, { title?: string; advice: string; short: (n: number) => string }>>,
    other: (n: number, title: string) => `${count(n)}: ${title}`,
  },
  aside: {
    label: 'What will be started',
    route: (target: string) => `Into ${target}`,
    hours: {
      heading: 'Allowed hours',
      any: 'Any time',
      span: (from: string, to: string) => `${from} to ${to}`,
      limited: 'Run only within certain hours',
      from: 'From',
      to: 'To',
      invalid: 'Enter two different times for the allowed hours.',
    },
    starts: {
      copy: (target: string) => `Copy to ${target}`,
      move: (target: string) => `Move to ${target}`,
      measured: (time: string) => `about ${time}`,
      documented: (time: string) => `at least ${time}`,
    },
    atLeast: 'Takes at least',
    about: 'Takes about',
    documented: (perSecond: string) =>
      `Google accepts about ${perSecond} new files a second per account, whatever their size. Slower if other apps write too.`,
    measured: (perSecond: string) =>
      `As fast as the last transfer between these accounts: ${perSecond} items a second.`,
    parts: {
      copy: (time: string) => `Copies ${time}`,
      access: (time: string) => `access ${time}`,
      links: (time: string) => `links ${time}`,
    },
    days: (n: number) => `Google’s limit of 750 GB a day spreads it over ${count(n)} days.`,
    mode: 'Mode',
    copyOnly: 'Moving is off: the source is connected as copy only.',
    allowMoving: 'Allow moving',
    modes: { copy: 'Copy', move: 'Move' },
    conflict: 'Same name exists',
    conflicts: { keepBoth: 'Keep both', skip: 'Leave what is there', replace: 'Replace it', newer: 'Replace if newer' },
    shortcuts: 'Shortcuts',
    shortcutChoices: { rebuild: 'Point to the copies', follow: 'Copy their targets', skip: 'Leave out' },
    links: 'Links in documents',
    comments: 'Open comments',
    included: 'Included',
    shares: 'Temporary shares',
    sharesValue: (n: number) => (n === 0 ? 'None' : `${count(n)}, removed at the end`),
    units: 'Google units',
    aboutUnits: (units: string) => `about ${units}`,
    change: 'Change',
    changeLabel: 'Change the options',
    apply: 'Recount with these options',
    keep: 'Discard changes',
    applyHint: 'Changing options triggers a recount, so the figures match what will actually happen.',
    copy: (n: number) => `Copy ${items(n)}`,
    move: (n: number) => `Move ${items(n)}`,
    starting: 'Starting',
    recounting: 'Counting again',
    safe: 'Runs on the server. You can close the browser and come back to the report.',
    ifMove: {
      heading: 'If you switch to Move',
      text: (n: number, whose: string) =>
        `${items(n)} would go to ${whose}’s trash, each after its copy is verified. You confirm this separately.`,
    },
    stale: 'Counted more than 15 minutes ago: CloudMover counts again when you start.',
    changedSince: {
      heading: 'The result has changed since the last count',
      text: 'Nothing has started. Check the new figures, then start.',
    },
  },
  blockedReason: {
    blocked: (what: string) => `Blocked: ${what}`,
    nothing: 'There is nothing to copy.',
    nothingToMove: 'The source account owns none of these, so nothing can be moved. Use Copy instead.',
    otherAccount: {
      source: (account: string) => `The source of this count is ${account}, but another account is connected.`,
      destination: (account: string) =>
        `The destination of this count is ${account}, but another account is connected.`,
    },
  },
  move: {
    title: (n: number, whose: string) =>
      `Move ${count(n)} ${plural(n, { one: 'original', other: 'originals' })} to ${whose}’s trash?`,
    trash: (whose: string) =>
      `Each original goes to the trash only after its copy is verified. Google empties the trash after 30 days. Until then ${whose} can restore them.`,
    foreign: (n: number) =>
      `${items(n)} owned by others ${plural(n, { one: 'is', other: 'are' })} copied and ${plural(n, { one: 'stays', other: 'stay' })} where ${plural(n, { one: 'it is', other: 'they are' })}.`,
    conditionWithAccess: 'I understand that version history is not carried over',
    condition: 'I understand that sharing and version history are not carried over',
    keep: 'Keep as copy',
    act: (n: number) => `Move ${items(n)}`,
    kept: 'Changed to Copy. Nothing has started; counting again.',
  },
  lost: {
    heading: { source: 'Your source sign-in ended', destination: 'Your destination sign-in ended' },
    text: 'The count is kept for an hour. Reconnect the same account to start it.',
    reconnect: { source: 'Reconnect source', destination: 'Reconnect destination' },
  },
  gone: {
    reason: 'No such count for these accounts',
    text: 'It may belong to another account, or it is older than an hour. What you selected is still selected.',
    back: 'Back to selection',
  },
  failed: {
    back: 'Back to selection',
    empty: 'Your selection is empty, or everything in it has been deleted.',
    filtered: 'The filter excludes everything you selected. Change it, and count again.',
  },
  back: 'Change selection',
  loading: 'Loading the count',
  announce: {
    counted: (sentence: string, check: string) => `Counted. ${sentence}${check && `. ${check}`}`,
    /** Sections that contain a decision or a warning. */
    check: (sections: readonly string[]) => `Please check: ${sections.join(', ')}.`,
  },
};
