import { type Language, LANGUAGES } from '../engine/model/notify.js';
import { type MailedTransfer, oneLine, testMail, transferMail } from './mail-content.js';
import { MAILED_STATES } from './mailed-states.js';

const transfer = (more: Partial<MailedTransfer> = {}): MailedTransfer => ({
  ...{ state: 'completed', name: 'Work', from: 'ana@example.com', to: 'ben@example.org', account: 'ana@example.com' },
  ...{ verified: 1_842, unverified: 0, failed: 0, skipped: 3, isFull: false, runsAgain: false },
  page: 'https://mover.example.com/transfers/q5Zt0c9hT2uKjH1xV3mW8w',
  unsubscribe: 'https://mover.example.com/api/unsubscribe/token',
  ...more,
});

/** The visible text of HTML. */
const visible = (html: string) =>
  html
    .replace(/^[^]*<body/, '<body')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

it('states what arrived, failed and was skipped, in the language of the person', () => {
  const some = { state: 'completed_with_failures', failed: 1 } as const;
  const english = transferMail(transfer(some), 'en');
  expect(english.subject).toBe('Finished, 1 item failed: Work');
  expect(english.text).toContain('1,842 items arrived');
  expect(english.text).toContain('Verified: 1,842\nFailed: 1\nSkipped: 3\n');
  const german = transferMail(transfer(some), 'de');
  expect(german.subject).toBe('Fertig, 1 Element fehlgeschlagen: Work');
  expect(german.text).toContain('Geprüft: 1.842\nFehlgeschlagen: 1\nÜbersprungen: 3\n');
});

describe('about items that could not be verified', () => {
  const finished = (more: Partial<MailedTransfer>, language: Language) => {
    const mail = transferMail(transfer({ state: 'completed_with_failures', ...more }), language);
    const [heading, , body] = mail.text.split('\n\n');
    for (const text of [heading, body]) expect(visible(mail.html)).toContain(text);
    return [mail.subject, heading, body];
  };

  it('says nothing about failures where none failed', () => {
    expect(finished({ unverified: 3 }, 'en')).toEqual([
      'Finished, 3 items could not be verified: Work',
      'The transfer is finished, but not everything could be verified',
      '1,842 items arrived, verified against the originals. 3 items arrived, but could not be verified. The transfer’s page states why.',
    ]);
    expect(finished({ unverified: 3 }, 'de')).toEqual([
      'Fertig, 3 Elemente nicht prüfbar: Work',
      'Die Übertragung ist fertig, aber nicht alles konnte geprüft werden',
      '1.842 Elemente sind angekommen und mit den Originalen verglichen. 3 Elemente sind angekommen, konnten aber nicht geprüft werden. Die Seite der Übertragung nennt den Grund.',
    ]);
  });

  it('names both where others failed, and each only where there are any', () => {
    const both = { unverified: 1, failed: 2, changed: 4 };
    expect(finished(both, 'en')).toEqual([
      'Finished, 2 items failed, 1 item could not be verified: Work',
      'The transfer is finished, but not complete',
      '4 changes since the run before. In all, 1,842 items arrived, verified against the originals. 1 item arrived, but could not be verified. 2 items failed. The transfer’s page states why, and whether a retry can help.',
    ]);
    expect(finished(both, 'de')).toEqual([
      'Fertig, 2 Elemente fehlgeschlagen, 1 Element nicht prüfbar: Work',
      'Die Übertragung ist fertig, aber nicht vollständig',
      '4 Änderungen seit dem Lauf davor. Insgesamt: 1.842 Elemente sind angekommen und mit den Originalen verglichen. 1 Element ist angekommen, konnte aber nicht geprüft werden. 2 Elemente sind fehlgeschlagen. Die Seite der Übertragung nennt den Grund, und ob ein neuer Versuch hilft.',
    ]);
    expect(finished({ verified: 0, failed: 2 }, 'en')[2]).toMatch(/^2 items failed\. The/);
    expect(finished({ verified: 0, unverified: 1 }, 'de')[2]).toMatch(/^1 Element ist angekommen, konnte/);
  });
});

it('states what a scheduled run changed, beside the numbers of the whole transfer', () => {
  const run = transfer({ changed: 14 });
  const english = transferMail(run, 'en');
  expect(english.subject).toBe('In sync, 14 changes: Work');
  expect(english.text).toContain('The destination is in sync');
  expect(english.text).toContain('14 changes since the run before. In all, 1,842 items arrived, verified');
  const german = transferMail(run, 'de');
  expect(german.subject).toBe('Aktuell, 14 Änderungen: Work');
  expect(german.text).toContain('14 Änderungen seit dem Lauf davor. Insgesamt: 1.842 Elemente sind angekommen');
  for (const { html } of [english, german]) expect(visible(html)).toMatch(/14 (changes|Änderungen) /);
  expect(transferMail(transfer({ changed: 0 }), 'en').subject).toBe('In sync: Work');
  const failed = transfer({ state: 'failed', changed: 0, runsAgain: true });
  expect(transferMail(failed, 'en').text).toContain('The next run of its schedule tries again.');
  expect(transferMail(failed, 'de').text).toContain('Der nächste Lauf ihres Zeitplans versucht es wieder.');
});

describe.each(LANGUAGES.flatMap((language) => MAILED_STATES.map((state) => [state, language] as const)))(
  'the mail about %s in %s',
  (state, language) => {
    const mail = transferMail(transfer({ state }), language);

    it('has the same in text and HTML', () => {
      const shown = visible(mail.html);
      const { page, unsubscribe } = transfer();
      for (const line of mail.text.split('\n').filter((each) => /\S/.test(each) && each !== '-- '))
        if (line === page || line === unsubscribe) expect(mail.html).toContain(`href="${line}"`);
        else expect(shown).toContain(line.replace(/:( [\d.,]+)?$/, ''));
    });

    it('loads nothing, and is in the right language', () => {
      expect(mail.html).not.toMatch(/<(img|script|link|iframe|object)|url\(|src=/i);
      expect(mail.html).toContain(`<html lang="${language}">`);
      expect([...mail.html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url)).toEqual([
        transfer().page,
        transfer().unsubscribe,
      ]);
    });
  },
);

it('shows names as text, never as HTML', () => {
  const { html } = transferMail(transfer({ name: '<img src=x onerror="a()">&\'', to: '"><script>@x' }), 'en');
  expect(html).not.toMatch(/<img|<script>/);
  expect(html).toContain('&#60;img src=x onerror=&#34;a()&#34;&#62;&#38;&#39;');
});

it('says what a full destination needs', () => {
  expect(transferMail(transfer({ state: 'paused', isFull: true }), 'en').text).toContain('The destination is full.');
});

it.each([
  ['Work\r\nBcc: eve@example.org', 'Work Bcc: eve@example.org'],
  ['\u202eevil\u2069 \u2028name\0', 'evil name'],
  ['half a 🌵'.slice(0, -1), 'half a �'],
  ['x'.repeat(200), `${'x'.repeat(79)}…`],
  [`${'🌵'.repeat(80)}🌵`, `${'🌵'.repeat(79)}…`],
])('makes one short line of %j', (name, line) => {
  expect(oneLine(name).replace(/ +/g, ' ')).toBe(line);
});

it.each(LANGUAGES)('has a test mail in %s without links', (language) => {
  expect(testMail(language).html).not.toContain('href=');
});
