import { randomBytes } from 'node:crypto';
import type { Language } from '../engine/model/notify.js';
import { escapeHtml } from './mail-content.js';
import { MAIL_TEXTS } from './mail-texts.js';

const STYLE = `
:root { color-scheme: light dark; font: 15px/22px system-ui, sans-serif; }
body { display: grid; place-content: center; min-height: 90vh; margin: 0; padding: 16px; text-align: center;
  background: light-dark(#f3f5f6, #0c1214); color: light-dark(#122025, #e5ecee); }
main { max-width: 420px; }
h1 { font-size: 20px; line-height: 28px; }
button { min-height: 44px; padding: 0 24px; border: 1px solid transparent; border-radius: 22px; font: inherit;
  font-weight: 600; cursor: pointer;
  background: light-dark(#0b5f74, #72c8df); color: light-dark(#ffffff, #03242d); }
`;

export type PageKind = 'question' | 'done' | 'unknown';

/**
 * The page behind the link in a mail: the question with a button, or what was done. It needs no script and no other
 * file.
 * @returns the page and its content security policy
 */
export function unsubscribePage(language: Language, kind: PageKind): { html: string; policy: string } {
  const t = MAIL_TEXTS[language].page;
  const nonce = randomBytes(16).toString('base64');
  const form = `<form method="post"><button>${escapeHtml(t.act)}</button></form>`;
  const html = `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(t.title)}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(t.title)}</h1>
<p>${escapeHtml(t[kind])}</p>
${kind === 'question' ? form : ''}
</main>
</body>
</html>
`;
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
  return { html, policy };
}
