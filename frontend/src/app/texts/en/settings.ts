import { Attempt } from '../../api/models/attempt';
import { Delivery } from '../../api/models/delivery';
import { KeyScope } from '../../api/models/key-scope';
import { MailFailure } from '../../api/models/mail-failure';
import { Webhook } from '../../api/models/webhook';
import { WebhookEvent } from '../../api/models/webhook-event';
import { count, pluralOf } from '../counting';

const plural = pluralOf('en');
const events = (n: number) => `${count(n)} ${plural(n, { one: 'event', other: 'events' })}`;

/** The scopes that open something. */
type OpenScope = Exclude<KeyScope, 'migrations'>;

export const settings = {
  heading: 'Settings',
  /** Asks for the operator key, on every page of the operator. */
  key: {
    heading: 'This page is for the operator',
    text: 'Enter the operator key, which your administrator has set. It is kept in memory until you close or reload this tab.',
    label: 'Operator key',
    keep: 'Keep me signed in',
    keepMeans:
      'This browser stores a session instead of the key. It ends after 8 hours without use, and after 7 days at the latest.',
    unlock: 'Unlock',
    checking: 'Checking',
    refused: 'That key is not valid.',
    ended: 'Your operator session has ended. Enter the key again.',
  },
  /** The names of the pages, in their navigation. */
  pages: { webhooks: 'Webhooks', mail: 'Mail', api: 'API' },
  mail: {
    heading: 'Mail',
    lead: 'CloudMover sends an e-mail when a transfer ends or needs a person, if that was selected.',
    off: {
      heading: 'Set SMTP_URL to send mail',
      text: 'Until it and MAIL_FROM are set for the API and the workers, no e-mail can be selected.',
    },
    test: 'Test',
    address: 'Address',
    send: 'Send a test',
    sending: 'Sending',
    sent: (to: string) => `The mail server accepted the test to ${to}.`,
    invalid: 'Enter an e-mail address.',
    failures: {
      name_not_found: 'The name of the mail server was not found.',
      connection_failed: 'The mail server could not be reached.',
      tls_failed: 'The connection to the mail server could not be encrypted.',
      authentication_failed: 'The mail server refused the user name or password.',
      timeout: 'The mail server did not reply in time.',
      refused: 'The mail server refused the sender, the recipient or the message.',
      invalid_response: 'The mail server sent an invalid reply.',
    } satisfies Record<MailFailure, string>,
    withReply: (text: string, code: number) => `${text} Reply code: ${code}.`,
  },
  secret: {
    copy: 'Copy',
    done: 'I have copied it',
    copied: 'Copied.',
    notCopied: 'Your browser does not allow copying. Select the text and copy it.',
  },
  webhooks: {
    heading: 'Webhooks',
    lead: 'CloudMover calls your address when something happens. Messages are signed as Standard Webhooks describes.',
    loading: 'Loading the webhooks',
    notLoaded: 'The webhooks could not be loaded',
    gone: 'This webhook no longer exists.',
    empty: {
      heading: 'No webhooks yet',
      text: 'Add one to tell another system when a transfer ends or needs a person.',
    },
    address: 'Address',
    events: 'Events',
    counted: events,
    lastReply: 'Last successful reply',
    never: 'none yet',
    state: 'State',
    on: 'On',
    turnOn: 'Turn on',
    turnOnNamed: (name: string) => `Turn on ${name}`,
    turnOff: 'Turn off',
    off: {
      chip: 'Turned off',
      heading: (name: string) => `${name} is off`,
      why: {
        operator: (name: string) => `${name} was turned off by the operator.`,
        no_success: (name: string, date: string) =>
          `${name} returned no successful response for three days, so it was turned off (${date}).`,
        gone: (name: string, date: string) =>
          `${name} replied that its address is gone (410), so it was turned off (${date}).`,
        backlog: (name: string, date: string) =>
          `Too many messages waited for ${name}, so it was turned off (${date}).`,
      } satisfies Record<NonNullable<Webhook['disabledReason']>, (name: string, date: string) => string>,
      waiting: (n: number) =>
        `${events(n)} ${plural(n, { one: 'waits', other: 'wait' })}, and will be sent when you turn it on.`,
    },
    sendTest: 'Send test',
    testSent: 'Test sent. Its result appears below.',
    edit: 'Edit',
    more: 'More: new secret, turn off, delete',
    newSecret: 'New secret',
    delete: 'Delete',
    secretName: 'Secret',
    previousSecret: (until: string) => `The previous secret signs as well until ${until}.`,
    secret: {
      title: 'Copy the secret now',
      text: 'It is shown only once. Your receiver needs it to check that a message is from CloudMover.',
    },
    rotate: {
      title: 'Create a new secret?',
      text: 'For 24 hours messages are signed with the previous secret as well, so that you can change your receiver at any time.',
      keep: 'Not now',
      act: 'Create secret',
    },
    remove: {
      title: (name: string) => `Delete ${name}?`,
      text: 'Its deliveries are deleted too. Messages that wait are not sent.',
      keep: 'Keep it',
      act: 'Delete webhook',
    },
    form: {
      add: 'Add webhook',
      change: 'Edit webhook',
      url: 'Address',
      invalid: 'Enter a complete address that begins with https://, without a user name or password.',
      description: 'Name',
      events: 'Send a message when a transfer',
      names: {
        'transfer.completed': 'is completed',
        'transfer.completed_with_failures': 'is completed with failures',
        'transfer.failed': 'has failed',
        'transfer.needs_reconnect': 'needs a new sign-in',
        'transfer.parked': 'waits for Google',
        'transfer.paused': 'is paused',
        'transfer.running': 'starts or resumes',
        'transfer.canceled': 'is canceled',
        'transfer.undone': 'is undone',
      } satisfies Record<WebhookEvent, string>,
      cancel: 'Cancel',
      save: 'Save',
      saving: 'Saving',
    },
    deliveries: {
      heading: 'Deliveries',
      loading: 'Loading the deliveries',
      notLoaded: 'The deliveries could not be loaded',
      none: 'Nothing was sent yet. Send a test to see whether your receiver accepts it.',
      event: 'Event',
      sent: 'Created',
      reply: 'Reply',
      time: 'Time',
      tries: 'Attempts',
      states: { delivered: 'Delivered', waiting: 'Waiting', failed: 'Failed' } satisfies Record<
        Delivery['state'],
        string
      >,
      waiting: 'waiting',
      nextTry: (reply: string, when: string) => `${reply}, next attempt ${when}`,
      gaveUp: (reply: string) => `${reply}, given up`,
      next: 'next attempt',
      attempt: (reply: string, time: string) => `${reply} in ${time}`,
      milliseconds: (n: number) => `${count(n)} ms`,
      seconds: (n: string) => `${n} s`,
      errors: {
        address_refused: 'internal address',
        http_refused: 'not encrypted',
        name_not_found: 'name not found',
        connection_failed: 'no connection',
        tls_failed: 'invalid certificate',
        timeout: 'no reply',
        invalid_response: 'invalid reply',
      } satisfies Record<NonNullable<Attempt['error']>, string>,
      body: 'Message',
      loadingBody: 'Loading the message',
      lastReply: 'Latest reply',
      sendAgain: 'Send again',
      sendAgainNamed: (event: string, when: string) => `Send again: ${event}, ${when}`,
      sentAgain: 'Sent again. The result appears in the list.',
      more: 'Show more',
    },
  },
  api: {
    heading: 'API',
    lead: 'Programs do through the API what this portal does.',
    access: 'Access',
    address: 'Address',
    description: 'OpenAPI file',
    reference: 'API reference',
    commandLine: 'Command line',
    copy: 'Copy',
    copyLine: 'Copy the command',
    keys: {
      heading: 'Machine keys',
      create: 'Create key',
      loading: 'Loading the machine keys',
      notLoaded: 'The machine keys could not be loaded',
      empty: {
        heading: 'No machine keys yet',
        text: 'Give a program a key of its own instead of the operator key. It opens only what you choose.',
      },
      name: 'Name',
      scopes: 'Opens',
      lastUsed: 'Last used',
      never: 'never',
      ends: 'Ends',
      expired: 'Expired',
      end: 'End',
      endNamed: (name: string) => `End the key ${name}`,
      ask: {
        title: (name: string) => `End the key ${name}?`,
        text: 'Programs that use it are refused at once. This cannot be undone.',
        keep: 'Keep it',
        act: 'End the key',
      },
      created: {
        title: 'Copy the key now',
        text: 'It is shown only once. The program sends it in the header X-Operator-Key.',
      },
    },
    sessions: {
      heading: 'Operator sessions',
      browser: 'Browser',
      here: 'this browser',
      latest: (when: string) => `${when} at the latest`,
      endNamed: (device: string) => `End the session of ${device}`,
      device: (browser: string | undefined, os: string | undefined) =>
        browser && os ? `${browser} on ${os}` : (browser ?? os ?? 'Unknown device'),
    },
  },
  newKey: {
    heading: 'Create a machine key',
    name: 'Name of the program',
    scopes: 'What it opens',
    opens: {
      'sessions:create': 'Create sessions without a browser',
      transfers: 'Read the messages about transfers',
      analytics: 'Read the analytics',
      audit: 'Read the audit log',
    } satisfies Record<OpenScope, string>,
    ends: 'Ends after',
    days: (n: number) => (n === 365 ? '1 year' : `${count(n)} days`),
    keyAgain: 'Operator key',
    keyAgainWhy: 'A machine key outlives your session, so the operator key itself is needed.',
    cancel: 'Cancel',
    create: 'Create key',
    creating: 'Creating',
  },
};
