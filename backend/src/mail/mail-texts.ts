import type { Language } from '../engine/model/notify.js';
import { explain } from '../engine/model/reasons.js';
import type { MailedState } from './mailed-states.js';

/** What the sentences of a mail about a transfer may state. Names are on one line, and short. */
export interface MailFacts {
  readonly failed: number;
  readonly verified: number;
  /** Arrived, but nothing could be compared. */
  readonly unverified: number;
  /** Only at the end of a scheduled run: items that it found new, changed or renamed. */
  readonly changed?: number;
  /** The transfer's schedule has a further run. */
  readonly runsAgain: boolean;
  /** Why it was paused: the destination is full. */
  readonly isFull: boolean;
  /** The account that must be connected again or consent. */
  readonly account: string;
}

interface Texts {
  readonly heading: Readonly<Record<MailedState, string>>;
  /** Instead of that of `completed`, for a scheduled run. */
  readonly inSync: string;
  /** Instead of that of `completed_with_failures`, if nothing failed. */
  readonly notAllVerified: string;
  readonly subject: (state: MailedState, name: string, facts: MailFacts) => string;
  readonly body: Readonly<Record<MailedState, (facts: MailFacts) => string>>;
  readonly items: (count: number) => string;
  readonly more: (name: string, count: number) => string;
  readonly everything: string;
  readonly route: (from: string, to: string) => string;
  readonly counts: Readonly<Record<'verified' | 'unverified' | 'failed' | 'skipped', string>>;
  readonly open: string;
  readonly why: string;
  readonly unsubscribe: string;
  readonly test: { readonly subject: string; readonly heading: string; readonly body: string };
  readonly page: {
    readonly title: string;
    readonly question: string;
    readonly act: string;
    readonly done: string;
    /** For a link of which the installation has no key any more. */
    readonly unknown: string;
  };
}

const counted = (language: Language, one: string, other: string) => (count: number) =>
  `${new Intl.NumberFormat(language).format(count)} ${count === 1 ? one : other}`;

const enItems = counted('en', 'item', 'items');
const deItems = counted('de', 'Element', 'Elemente');
const enChanges = counted('en', 'change', 'changes');
const deChanges = counted('de', 'Änderung', 'Änderungen');

/** What a scheduled run found, before the numbers of the whole transfer; empty for another run. */
const enSince = (changed?: number): string =>
  changed === undefined ? '' : `${enChanges(changed)} since the run before. In all, `;
const deSince = (changed?: number): string =>
  changed === undefined ? '' : `${deChanges(changed)} seit dem Lauf davor. Insgesamt: `;

/** The sentences about what there is. */
const joined = (...sentences: readonly (readonly [count: number, sentence: string])[]): string =>
  sentences.flatMap(([count, sentence]) => (count > 0 ? [sentence] : [])).join(' ');

const en: Texts = {
  heading: {
    completed: 'The transfer is finished',
    completed_with_failures: 'The transfer is finished, but not complete',
    failed: 'The transfer failed',
    needs_reconnect: 'The transfer is waiting for you',
    paused: 'The transfer is paused',
  },
  inSync: 'The destination is in sync',
  notAllVerified: 'The transfer is finished, but not everything could be verified',
  subject: (state, name, { failed, unverified, changed }) =>
    ({
      completed:
        changed === undefined ? `Finished: ${name}` : `In sync${changed ? `, ${enChanges(changed)}` : ''}: ${name}`,
      completed_with_failures: `Finished${failed > 0 ? `, ${enItems(failed)} failed` : ''}${unverified > 0 ? `, ${enItems(unverified)} could not be verified` : ''}: ${name}`,
      failed: `Failed: ${name}`,
      needs_reconnect: `Waiting for you: ${name}`,
      paused: `Paused: ${name}`,
    })[state],
  body: {
    completed: ({ verified, changed }) =>
      `${enSince(changed)}${enItems(verified)} arrived, verified against the originals.`,
    completed_with_failures: ({ verified, unverified, failed, changed }) =>
      `${enSince(changed)}${joined(
        [verified, `${enItems(verified)} arrived, verified against the originals.`],
        [unverified, `${enItems(unverified)} arrived, but could not be verified.`],
        [failed, `${enItems(failed)} failed.`],
      )} The transfer’s page states why${failed > 0 ? ', and whether a retry can help' : ''}.`,
    failed: ({ runsAgain }) =>
      `It could not continue. What had arrived is in the destination. The transfer’s page states the reason and what you can do.${runsAgain ? ' The next run of its schedule tries again.' : ''}`,
    needs_reconnect: ({ account }) =>
      `CloudMover no longer has access to ${account}. Sign in with this account on the transfer’s page, and confirm there that the transfer may resume. It continues where it stopped.`,
    paused: ({ isFull }) =>
      isFull
        ? `${explain('destination_storage_full').reason} It continues where it stopped.`
        : 'A problem stopped it, which the transfer’s page states. Resume it there once the problem is solved.',
  },
  items: enItems,
  more: (name, count) => `${name} and ${count} more`,
  everything: 'My Drive',
  route: (from, to) => `From ${from} to ${to}`,
  counts: { verified: 'Verified', unverified: 'Could not be verified', failed: 'Failed', skipped: 'Skipped' },
  open: 'Open the transfer',
  why: 'You get this e-mail because this address was selected for this transfer.',
  unsubscribe: 'No more e-mails about this transfer',
  test: {
    subject: 'Test of CloudMover',
    heading: 'CloudMover can send e-mails',
    body: 'This is the test that the operator requested. No action is needed.',
  },
  page: {
    title: 'E-mails about a transfer',
    question: 'Stop e-mails about this transfer? The transfer itself continues.',
    act: 'Stop these e-mails',
    done: 'You will get no more e-mails about this transfer.',
    unknown:
      'This link no longer works, and you will keep getting these e-mails. Stop them on the page of the transfer, or with the link in a newer e-mail.',
  },
};

const de: Texts = {
  heading: {
    completed: 'Die Übertragung ist fertig',
    completed_with_failures: 'Die Übertragung ist fertig, aber nicht vollständig',
    failed: 'Die Übertragung ist fehlgeschlagen',
    needs_reconnect: 'Die Übertragung wartet auf Sie',
    paused: 'Die Übertragung ist angehalten',
  },
  inSync: 'Das Ziel ist aktuell',
  notAllVerified: 'Die Übertragung ist fertig, aber nicht alles konnte geprüft werden',
  subject: (state, name, { failed, unverified, changed }) =>
    ({
      completed:
        changed === undefined ? `Fertig: ${name}` : `Aktuell${changed ? `, ${deChanges(changed)}` : ''}: ${name}`,
      completed_with_failures: `Fertig${failed > 0 ? `, ${deItems(failed)} fehlgeschlagen` : ''}${unverified > 0 ? `, ${deItems(unverified)} nicht prüfbar` : ''}: ${name}`,
      failed: `Fehlgeschlagen: ${name}`,
      needs_reconnect: `Wartet auf Sie: ${name}`,
      paused: `Angehalten: ${name}`,
    })[state],
  body: {
    completed: ({ verified, changed }) =>
      `${deSince(changed)}${deItems(verified)} ${verified === 1 ? 'ist' : 'sind'} angekommen und mit den Originalen verglichen.`,
    completed_with_failures: ({ verified, unverified, failed, changed }) =>
      `${deSince(changed)}${joined(
        [
          verified,
          `${deItems(verified)} ${verified === 1 ? 'ist' : 'sind'} angekommen und mit den Originalen verglichen.`,
        ],
        [
          unverified,
          `${deItems(unverified)} ${unverified === 1 ? 'ist angekommen, konnte' : 'sind angekommen, konnten'} aber nicht geprüft werden.`,
        ],
        [failed, `${deItems(failed)} ${failed === 1 ? 'ist' : 'sind'} fehlgeschlagen.`],
      )} Die Seite der Übertragung nennt den Grund${failed > 0 ? ', und ob ein neuer Versuch hilft' : ''}.`,
    failed: ({ runsAgain }) =>
      `Sie konnte nicht fortgesetzt werden. Was angekommen war, liegt im Ziel. Die Seite der Übertragung nennt den Grund, und was Sie tun können.${runsAgain ? ' Der nächste Lauf ihres Zeitplans versucht es wieder.' : ''}`,
    needs_reconnect: ({ account }) =>
      `CloudMover hat keinen Zugriff mehr auf ${account}. Melden Sie sich auf der Seite der Übertragung mit diesem Konto an, und bestätigen Sie dort, dass sie weiterlaufen darf. Sie setzt dort fort, wo sie stehen geblieben ist.`,
    paused: ({ isFull }) =>
      isFull
        ? 'Das Ziel ist voll. Schaffen Sie Platz, und setzen Sie die Übertragung dann fort. Sie macht dort weiter, wo sie stehen geblieben ist.'
        : 'Ein Problem hat sie gestoppt, das die Seite der Übertragung nennt. Setzen Sie sie dort fort, sobald es gelöst ist.',
  },
  items: deItems,
  more: (name, count) => `${name} und ${count} weitere`,
  everything: 'Meine Ablage',
  route: (from, to) => `Von ${from} nach ${to}`,
  counts: {
    verified: 'Geprüft',
    unverified: 'Nicht prüfbar',
    failed: 'Fehlgeschlagen',
    skipped: 'Übersprungen',
  },
  open: 'Übertragung öffnen',
  why: 'Sie erhalten diese E-Mail, weil diese Adresse für diese Übertragung ausgewählt wurde.',
  unsubscribe: 'Keine E-Mails mehr zu dieser Übertragung',
  test: {
    subject: 'Test von CloudMover',
    heading: 'CloudMover kann E-Mails senden',
    body: 'Das ist der Test, den der Betreiber angefordert hat. Sie müssen nichts tun.',
  },
  page: {
    title: 'E-Mails zu einer Übertragung',
    question: 'Möchten Sie keine E-Mails mehr zu dieser Übertragung? Die Übertragung selbst läuft weiter.',
    act: 'Diese E-Mails abbestellen',
    done: 'Sie erhalten keine E-Mails mehr zu dieser Übertragung.',
    unknown:
      'Dieser Link funktioniert nicht mehr, und die E-Mails kommen weiter. Bestellen Sie sie auf der Seite der Übertragung ab oder mit dem Link in einer neueren E-Mail.',
  },
};

export const MAIL_TEXTS: Readonly<Record<Language, Texts>> = { en, de };
