import { count, pluralOf } from '../counting';

const plural = pluralOf('en');

export const sessions = {
  heading: 'Sessions and security',
  lead: 'Signing out here never stops a transfer. To stop one, cancel it.',
  nobody: {
    heading: 'No account is connected',
    text: 'Connect an account to see where it is signed in, and end any session you don’t recognise.',
    action: 'Connect an account',
  },
  here: {
    heading: 'Connected in this browser',
    ends: (moment: string) => `Ends ${moment}`,
    endsIn: (left: string) => `Ends in ${left}`,
    left: (left: string, since: string) => `in ${left}, signed in ${since}`,
    soon: 'Then you must sign in again to browse. Transfers keep running.',
    today: (time: string) => `today, ${time}`,
    checking: 'Checking whether it is still connected',
    ended: 'Sign-in ended',
    withdrawn: 'No access',
    unknown: 'Not known at the moment',
    absent: 'Not connected',
    endedMeans: 'Transfers already started keep running.',
    withdrawnMeans: 'Its transfers wait until you reconnect.',
    signInAgain: 'Sign in again',
    connect: { source: 'Connect source', destination: 'Connect destination' },
    reconnect: { source: 'Reconnect source', destination: 'Reconnect destination' },
    disconnect: 'Disconnect',
    disconnecting: 'Disconnecting',
    again: { source: 'Sign in again as source', destination: 'Sign in again as destination' },
    disconnectSide: { source: 'Disconnect source', destination: 'Disconnect destination' },
    session: 'Session',
  },
  types: { source: 'From', destination: 'To', general: 'Either side' },
  others: {
    heading: 'Your other sessions',
    session: 'Session',
    account: 'Account',
    lastUsed: 'Last used',
    ends: 'Ends',
    end: 'End',
    ending: 'Ending',
    endNamed: (session: string) => `End session ${session}`,
    never: 'never',
    none: 'No other session of these accounts is open.',
    endAll: 'End all others',
    ended: (n: number) =>
      `${count(n)} ${plural(n, { one: 'session', other: 'sessions' })} ended. Transfers keep running.`,
    ask: {
      title: (n: number) => plural(n, { one: 'End the other session?', other: `End ${count(n)} other sessions?` }),
      text: 'Browsers and programs that use them must sign in again. This browser stays connected, and transfers keep running.',
      keep: 'Keep them',
      act: 'End all others',
    },
    notShown: 'Your other sessions could not be shown',
    loading: 'Loading your sessions',
    device: (browser: string | undefined, os: string | undefined) =>
      browser && os ? `${browser} on ${os}` : (browser ?? os ?? 'Unknown device'),
  },
  keptHere: {
    heading: 'Kept in this browser',
    tokens: 'Two session tokens, normally valid for 24 hours',
    look: 'Theme, language, row height and pane width',
    nothing: 'No Google password, no Google token, no file names',
  },
  keptThere: {
    heading: 'Kept on the server',
    credentials: 'Google credentials, encrypted, until your sign-in ends or you disconnect',
    transfers: 'Longer while a transfer needs them, then erased',
    report: 'Item names and results for the report, for 30 days',
  },
  withdraw: {
    heading: (email: string) => `Withdraw the access to ${email} at Google`,
    text: 'Google withdraws CloudMover’s access to the whole account at once, and all its sessions end.',
    stops: (n: number) =>
      n === 0
        ? 'No unfinished transfer uses it.'
        : `${count(n)} unfinished ${plural(n, { one: 'transfer that uses it stops and waits', other: 'transfers that use it stop and wait' })} until you reconnect.`,
    action: 'Withdraw access',
    actionNamed: (email: string) => `Withdraw access to ${email}`,
    withdrawing: 'Withdrawing',
    ask: {
      title: (email: string) => `Withdraw access to ${email}?`,
      ends: 'All its sessions end, in every browser. Existing copies stay where they are. Its transfers can no longer be synced with new changes.',
      none: 'No unfinished transfer uses it.',
      stops: 'These transfers stop. They wait until you sign in again and resume them:',
      transfer: (what: string, from: string, to: string) => `${what}, from ${from} to ${to}`,
      more: (n: number) => `and ${count(n)} more`,
      notKnown: 'Couldn’t check which transfers would stop. Any that use this account will wait until you reconnect.',
      keep: 'Keep access',
      act: 'Withdraw access',
    },
    done: (email: string, n: number, confirmed: boolean) =>
      `Access to ${email} is withdrawn.` +
      (confirmed ? '' : ' Google isn’t responding; CloudMover will keep trying.') +
      (n > 0
        ? ` ${count(n)} ${plural(n, { one: 'transfer waits', other: 'transfers wait' })} until you reconnect.`
        : ''),
  },
};
