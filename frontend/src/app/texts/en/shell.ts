import { count, pluralOf } from '../counting';

const plural = pluralOf('en');

export const shell = {
  /** For actions that need a sign-in within the last hour. */
  stepUp: {
    title: 'Sign in again to continue',
    text: (account: string) =>
      `${account} signed in more than an hour ago. To protect its files, CloudMover asks you to confirm your identity with Google.`,
    thisAccount: 'This account',
    then: {
      start: 'Google opens in this tab and brings you back here. Then the move starts.',
      retry: 'Google opens in this tab and brings you back here. Then the retry starts.',
      rerun: 'Google opens in this tab and brings you back here. Then the update starts.',
      undo: 'Google opens in this tab and brings you back here. Then the move is undone.',
      withdraw: 'Google opens in this tab and brings you back here. Then the access is withdrawn.',
    },
    keep: 'Not now',
    act: 'Continue with Google',
    another: (account: string) => `Another account signed in. Nothing was changed: this needs ${account}.`,
    unchecked: 'It could not be checked which account signed in. Nothing was changed. Please try again.',
  },
  /** When a transfer ends or needs attention. */
  notify: {
    heading: 'Notify me when it’s done',
    mail: (address: string) => `E-mail to ${address}`,
    browser: 'In this browser',
    hint: 'If CloudMover is open in a background tab.',
    blocked: 'Your browser blocks notifications.',
  },
  skip: 'Skip to content',
  home: 'CloudMover, move files',
  navigation: 'Main',
  /** The names of the pages, in the navigation and in the window title. */
  pages: {
    connect: 'Connect',
    move: 'Move files',
    choose: 'Choose',
    review: 'Review',
    transfers: 'Transfers',
    transfer: 'Transfer',
    sessions: 'Sessions',
    analytics: 'Analytics',
    settings: 'Settings',
    accounts: 'Accounts',
    notFound: 'Not found',
  },
  /** In the bar on the operator's pages, and the menus of these pages. */
  operator: { name: 'Operator', lock: 'Lock', lockMeans: 'Lock: forget the operator key', more: 'More' },
  appearance: 'Theme and language',
  theme: 'Theme',
  themes: { system: 'System', light: 'Light', dark: 'Dark' },
  density: 'Row height',
  densities: { comfortable: 'Comfortable', compact: 'Compact' },
  language: 'Language',
  /** Each in its own language, so that people who don't read the current one can find it. */
  languages: { en: 'English', de: 'Deutsch' },
  languageNotLoaded: 'That language could not be loaded.',
  needYou: (n: number) => `${count(n)} ${plural(n, { one: 'needs', other: 'need' })} attention`,
  palette: {
    heading: 'Commands',
    label: 'What do you want to do?',
    placeholder: 'Type a command',
    nothing: (search: string) => `No command matches “${search}”.`,
    goTo: (page: string) => `Go to ${page}`,
    connect: { source: 'Connect a source account', destination: 'Connect a destination account' },
    help: 'Help and keyboard shortcuts',
    /** More words by which a search finds the commands. */
    also: { move: 'choose copy files drive', accounts: 'connect sign in', sessions: 'security sign out withdraw' },
  },
  help: {
    open: 'Keyboard shortcuts and help',
    heading: 'Keyboard and help',
    groups: [
      {
        name: 'Everywhere',
        keys: [
          { does: 'Commands', keys: ['Ctrl', 'K'] },
          { does: 'Move files', keys: ['g', 'm'] },
          { does: 'Transfers', keys: ['g', 't'] },
          { does: 'Sessions', keys: ['g', 's'] },
          { does: 'Settings', keys: ['g', ','] },
          { does: 'This help', keys: ['?'] },
        ],
      },
      {
        name: 'While choosing',
        keys: [
          { does: 'From pane, To pane', keys: ['1', '2'] },
          { does: 'Search', keys: ['/'] },
          { does: 'Next or previous row', keys: ['↑', '↓'] },
          { does: 'Open folder', keys: ['Enter'] },
          { does: 'Size of the folder', keys: ['Alt', 'Enter'] },
          { does: 'Up a level', keys: ['Backspace'] },
          { does: 'Select', keys: ['Space'] },
          { does: 'Select range', keys: ['Shift', '↑↓'] },
          { does: 'Select all loaded', keys: ['Ctrl', 'A'] },
          { does: 'Clear the selection', keys: ['Esc'] },
          { does: 'Review', keys: ['Ctrl', 'Enter'] },
        ],
      },
    ],
    singleKeys: 'Single-key shortcuts',
    singleKeysWhy: 'Turn them off if you use voice control, or if you press keys by accident. Ctrl K keeps working.',
    api: 'API reference',
    moved: 'Replace links to moved files',
    operator: 'Operator key',
    close: 'Close',
  },
  connection: {
    live: 'Live',
    reconnecting: (seconds: number) => `Reconnecting in ${seconds} s`,
    polling: (time: string) => `Updated ${time}, every 15 s`,
    offline: 'Offline',
  },
  offline: {
    heading: 'You are offline',
    text: 'Transfers keep running. You’re seeing the last data we loaded. Buttons that make changes work again once you’re online.',
  },
  /** Follows the reason why no data arrives. Transfers need the database, but not this browser. */
  recovery: {
    unreachable:
      'You’re seeing the last data we loaded; everything already transferred is safe. This page reconnects on its own.',
    databaseAway:
      'You’re seeing the last data we loaded; everything already transferred is safe. Transfers have paused. They and this page resume on their own once the database responds.',
  },
  pageNotLoaded: 'This page could not be loaded: no network, or a new version of CloudMover. Transfers keep running.',
  reload: 'Reload',
  accounts: {
    from: 'Accounts: from',
    to: 'to',
    ended: 'sign-in ended',
    checking: 'checking',
    unknown: 'not known',
    absent: 'not connected',
  },
  fromTo: { source: 'From', destination: 'To' },
  sessionEnded: { source: 'Your source sign-in ended.', destination: 'Your destination sign-in ended.' },
  blockedReason: {
    offline: 'You are offline.',
    notConnected: { source: 'The source is not connected.', destination: 'The destination is not connected.' },
    notChecked: {
      source: 'The source connection has not been checked yet.',
      destination: 'The destination connection has not been checked yet.',
    },
  },
  steps: { label: 'Steps', Connect: 'Connect', Choose: 'Choose', Review: 'Review', Transfer: 'Transfer' },
  dismiss: 'Dismiss',
  loading: 'Loading',
  stillWaiting: 'Still waiting for Google',
  notFound: {
    heading: 'Not found',
    reason: 'There is no page at this address',
    text: 'The link may be old or mistyped.',
    back: 'Go to the accounts',
  },
};
