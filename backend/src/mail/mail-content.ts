import type { Language } from '../engine/model/notify.js';
import { UNPRINTABLE } from '../transfers/unprintable.js';
import { MAIL_TEXTS, type MailFacts } from './mail-texts.js';
import type { MailedState } from './mailed-states.js';

/** The texts of a mail. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A transfer as its mail shows it. */
export interface MailedTransfer extends MailFacts {
  readonly state: MailedState;
  /** What is transferred; no name of a file. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly skipped: number;
  /** Address of the transfer's page. */
  readonly page: string;
  readonly unsubscribe: string;
}

const MAX_NAME = 80;
const ALL_UNPRINTABLE = new RegExp(`${UNPRINTABLE.source}+`, 'gu');

/** A name from Google or a person, safe for a subject: one line, at most 80 characters. */
export function oneLine(name: string): string {
  const characters = [...name.toWellFormed().replace(ALL_UNPRINTABLE, ' ').trim()];
  return characters.length > MAX_NAME ? `${characters.slice(0, MAX_NAME - 1).join('')}…` : characters.join('');
}

/** The mail about a state of a transfer, in plain text and HTML. */
export function transferMail(transfer: MailedTransfer, language: Language): MailContent {
  const t = MAIL_TEXTS[language];
  const { state, name } = transfer;
  const hasEnded = state !== 'needs_reconnect' && state !== 'paused';
  const counts = (['verified', 'unverified', 'failed', 'skipped'] as const)
    .filter((count) => hasEnded && (transfer[count] > 0 || count === 'verified'))
    .map((count) => [t.counts[count], new Intl.NumberFormat(language).format(transfer[count])] as const);
  return mailOf(language, {
    subject: t.subject(state, name, transfer),
    heading: headingOf(transfer, language),
    name,
    route: t.route(transfer.from, transfer.to),
    body: t.body[state](transfer),
    counts,
    action: { label: t.open, url: transfer.page },
    reason: t.why,
    unsubscribe: { label: t.unsubscribe, url: transfer.unsubscribe },
  });
}

function headingOf({ state, changed, failed }: MailedTransfer, language: Language): string {
  const t = MAIL_TEXTS[language];
  if (state === 'completed' && changed !== undefined) return t.inSync;
  return state === 'completed_with_failures' && failed === 0 ? t.notAllVerified : t.heading[state];
}

/** The mail that the operator sends as a test. */
export function testMail(language: Language): MailContent {
  return mailOf(language, MAIL_TEXTS[language].test);
}

interface Link {
  readonly label: string;
  readonly url: string;
}

interface Parts {
  readonly subject: string;
  readonly heading: string;
  readonly name?: string;
  readonly route?: string;
  readonly body: string;
  readonly counts?: readonly (readonly [label: string, value: string])[];
  readonly action?: Link;
  readonly reason?: string;
  readonly unsubscribe?: Link;
}

function mailOf(language: Language, parts: Parts): MailContent {
  return { subject: parts.subject, text: textOf(parts), html: htmlOf(language, parts) };
}

function textOf({ heading, name, route, body, counts = [], action, reason, unsubscribe }: Parts): string {
  const blocks = [
    heading,
    [name, route].filter(Boolean).join('\n'),
    body,
    counts.map(([label, value]) => `${label}: ${value}`).join('\n'),
    action ? `${action.label}:\n${action.url}` : '',
    unsubscribe ? `-- \n${reason}\n${unsubscribe.label}:\n${unsubscribe.url}` : '',
  ];
  return blocks.filter(Boolean).join('\n\n') + '\n';
}

/** Text for HTML, also between the quotes of an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

// Programs that read mail know tables and inline styles best. The colours are those of the portal. Nothing is loaded
// from elsewhere, so that nobody learns when a mail is opened.
const STYLE = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .bg { background: #0c1214 !important; }
  .card { background: #141b1e !important; border-color: #29353a !important; }
  .ink { color: #e5ecee !important; }
  .muted, .muted a { color: #a4b4ba !important; }
  .line { border-color: #29353a !important; }
  .brand { color: #72c8df !important; }
  .button { background: #72c8df !important; color: #03242d !important; }
}`;

function htmlOf(language: Language, parts: Parts): string {
  const { subject, heading, name, route, body, counts = [], action, reason, unsubscribe } = parts;
  const paragraph = (text: string, look: string, kind = 'ink') =>
    `<p class="${kind}" style="margin:0 0 16px;${look}">${text}</p>`;
  const rows = counts.map(
    ([label, value]) =>
      `<tr><td class="ink line" style="padding:8px 0;border-top:1px solid #dae1e4;color:#122025">${escapeHtml(label)}</td>` +
      `<td class="ink line" align="right" style="padding:8px 0;border-top:1px solid #dae1e4;color:#122025;font-weight:600">${escapeHtml(value)}</td></tr>`,
  );
  const blocks = [
    `<p class="brand" style="margin:0 0 20px;font-weight:600;color:#0b5f74">CloudMover</p>`,
    `<h1 class="ink" style="margin:0 0 8px;font-size:22px;line-height:28px;font-weight:600;color:#122025">${escapeHtml(heading)}</h1>`,
    name && paragraph(`<b>${escapeHtml(name)}</b>`, 'margin-bottom:0;color:#122025;overflow-wrap:anywhere'),
    route && paragraph(escapeHtml(route), 'color:#4c5c63;overflow-wrap:anywhere', 'muted'),
    paragraph(escapeHtml(body), 'color:#122025;overflow-wrap:anywhere'),
    rows.length > 0 &&
      `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 20px;font-size:15px;line-height:22px">${rows.join('')}</table>`,
    action &&
      `<p style="margin:0 0 8px"><a class="button" href="${escapeHtml(action.url)}" style="display:inline-block;padding:10px 20px;border-radius:20px;background:#0b5f74;color:#ffffff;font-weight:600;text-decoration:none">${escapeHtml(action.label)}</a></p>`,
  ];
  const footer = unsubscribe
    ? `<p class="muted" style="margin:16px 4px 0;font-size:12px;line-height:18px;color:#4c5c63">${escapeHtml(reason ?? '')} <a href="${escapeHtml(unsubscribe.url)}" style="color:#4c5c63">${escapeHtml(unsubscribe.label)}</a></p>`
    : '';
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(subject)}</title>
<style>${STYLE}
</style>
</head>
<body class="bg" style="margin:0;padding:0;background:#f3f5f6">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="bg" style="background:#f3f5f6;${FONT};font-size:15px;line-height:22px">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px">
<tr><td class="card" style="padding:28px 24px;border:1px solid #dae1e4;border-radius:8px;background:#ffffff;text-align:left">
${blocks.filter(Boolean).join('\n')}
</td></tr>
<tr><td style="text-align:left">${footer}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
}
