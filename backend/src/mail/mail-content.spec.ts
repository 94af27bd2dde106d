import { LANGUAGES } from '../engine/model/notify.js';
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
  expect(german.text).toContain('Überprüft: 1.842\nFehlgeschlagen: 1\nÜbersprungen: 3\n');
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
