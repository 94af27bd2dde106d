import type { Account } from '../drive/drive-store.ts';

const STYLE = `
:root{color-scheme:light dark;--ground:#f3f5f9;--card:#fff;--ink:#1d2433;--quiet:#5b6579;--line:#d9dee8;--accent:#2f5bd7;--on-accent:#fff;--tint:#eaf0ff;--warn:#8a5a00;--warn-ground:#fff5dc}
@media(prefers-color-scheme:dark){:root{--ground:#12151c;--card:#1b202b;--ink:#e8ecf4;--quiet:#a3adc0;--line:#343c4d;--accent:#8fb0ff;--on-accent:#0d1730;--tint:#232c42;--warn:#ffd58a;--warn-ground:#322a17}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;padding:16px}
main{width:100%;max-width:480px;background:var(--card);border:1px solid var(--line);border-radius:20px;padding:28px;box-shadow:0 8px 30px rgb(0 0 0/.07)}
.wide{max-width:760px}
.note{display:inline-block;margin:0 0 16px;padding:4px 12px;border-radius:99px;background:var(--warn-ground);color:var(--warn);font-size:13px;font-weight:600}
h1{font-size:24px;line-height:1.25;margin:0 0 6px}h2{font-size:17px;margin:24px 0 8px}
p{margin:0 0 12px}.quiet{color:var(--quiet)}
fieldset{border:0;padding:0;margin:20px 0 0}legend{font-weight:600;padding:0;margin-bottom:8px}
label.row{display:flex;gap:12px;align-items:center;padding:10px 12px;border:1px solid var(--line);border-radius:12px;margin-top:8px;cursor:pointer;min-height:48px}
label.row:has(:checked){background:var(--tint);border-color:var(--accent)}
label.row:has(:focus-visible){outline:2px solid var(--accent);outline-offset:2px}
input{accent-color:var(--accent);width:18px;height:18px;flex:none;margin:0}
.avatar{width:34px;height:34px;border-radius:50%;flex:none}
.who{min-width:0}.who b,.who span{display:block;overflow:hidden;text-overflow:ellipsis}.who span{color:var(--quiet);font-size:14px}
.actions{display:flex;justify-content:flex-end;gap:10px;margin-top:26px;flex-wrap:wrap}
button{font:inherit;font-weight:600;border-radius:99px;padding:10px 24px;min-height:44px;border:1px solid var(--line);background:transparent;color:var(--accent);cursor:pointer}
button.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
button:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
code{background:var(--tint);border-radius:6px;padding:1px 6px;overflow-wrap:anywhere;font-size:14px}a{color:var(--accent)}
table{border-collapse:collapse;width:100%;font-size:15px}td{padding:6px 12px 6px 0;vertical-align:top;border-top:1px solid var(--line)}
.scroll{overflow-x:auto}
th{text-align:left;padding:6px 12px 6px 0;color:var(--quiet);font-weight:600}
section{border-top:1px solid var(--line);margin-top:18px}section .actions{justify-content:flex-start;margin-top:10px}
`;

/** Text made safe for HTML, attributes included. */
export function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[char] ?? char,
  );
}

/** A whole page in the look of the sandbox; `body` is HTML. */
export function page(title: string, body: string, wide = false): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>` +
    '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">' +
    `<style>${STYLE}</style></head><body><main${wide ? ' class="wide"' : ''}>${body}</main></body></html>`
  );
}

export const NOTE = '<p class="note">Sandbox: a stand-in for Google</p>';

const SCOPE_WORDS: Record<string, string> = {
  'https://www.googleapis.com/auth/drive': 'See, edit, create and delete all of your Drive files',
  'https://www.googleapis.com/auth/drive.readonly': 'See and download all your Drive files',
  'https://www.googleapis.com/auth/drive.metadata.readonly': 'See information about your Drive files',
  'https://www.googleapis.com/auth/drive.file':
    'See, edit, create and delete only the Drive files you use with this app',
};

/**
 * The page on which a person picks an account and allows or refuses. A plain form, posted to the same address:
 * fields `account` (an e-mail), `scope` (once for each ticked permission) and `decision` (`allow` or `deny`); with what was
 * allowed before comes `remembered`, which a script may leave out.
 */
export function consentPage(request: {
  action: string;
  app: string;
  accounts: Iterable<Account>;
  preselected: string;
  scopes: readonly string[];
  /** Allowed earlier by the preselected account: shown, not requested again. */
  remembered: readonly string[];
}): string {
  const accounts = [...request.accounts].map(
    (account) =>
      `<label class="row"><input type="radio" name="account" value="${escapeHtml(account.email)}" required` +
      `${account.email === request.preselected ? ' checked' : ''}>` +
      `<img class="avatar" alt="" src="/avatar/${account.permissionId}.svg"><span class="who">` +
      `<b>${escapeHtml(account.name)}</b><span>${escapeHtml(account.email)}</span></span></label>`,
  );
  const remembered = request.remembered.map(
    (scope) =>
      `<p class="quiet">${escapeHtml(SCOPE_WORDS[scope] ?? scope)}</p>` +
      `<input type="hidden" name="remembered" value="${escapeHtml(scope)}">`,
  );
  const scopes = request.scopes.map(
    (scope) =>
      `<label class="row"><input type="checkbox" name="scope" value="${escapeHtml(scope)}" checked>` +
      `<span class="who">${escapeHtml(SCOPE_WORDS[scope] ?? scope)}</span></label>`,
  );
  return page(
    'Choose an account',
    `${NOTE}<h1>Choose an account</h1><p class="quiet"><b>${escapeHtml(request.app)}</b> asks for access. ` +
      'No real account is touched.</p>' +
      `<form method="post" action="${escapeHtml(request.action)}">` +
      `<fieldset><legend>Account</legend>${accounts.join('')}</fieldset>` +
      (scopes.length > 0 ? `<fieldset><legend>What it may do</legend>${scopes.join('')}</fieldset>` : '') +
      (request.remembered.length > 0
        ? `<fieldset><legend>Allowed before</legend>${remembered.join('')}</fieldset>`
        : '') +
      '<div class="actions"><button name="decision" value="deny" formnovalidate>Cancel</button>' +
      '<button class="primary" name="decision" value="allow">Allow</button></div></form>',
  );
}

/** What Google shows, instead of a redirect, when it cannot trust the request's redirect address. */
export function authorizationErrorPage(error: { code: string; text: string; cure: string }): string {
  return page(
    'Access blocked',
    `${NOTE}<h1>Access blocked: this request is invalid</h1><p>${escapeHtml(error.text)}</p>` +
      `<p class="quiet">${escapeHtml(error.cure)}</p><p><code>Error ${escapeHtml(error.code)}</code></p>`,
  );
}

/** What a link to a file opens: a few facts about it. */
export function filePage(facts: Record<string, string>): string {
  const rows = Object.entries(facts).map(
    ([name, value]) => `<tr><td class="quiet">${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return page(
    facts['Name'] ?? 'File',
    `${NOTE}<h1>${escapeHtml(facts['Name'] ?? '')}</h1><div class="scroll"><table>${rows.join('')}</table></div>`,
    true,
  );
}

/** A round initial, in a colour of the account's own. */
export function avatar(account: Account): string {
  const hue = Number(account.permissionId.slice(-3)) % 360;
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">' +
    `<circle cx="32" cy="32" r="32" fill="hsl(${hue} 45% 38%)"/><text x="32" y="42" text-anchor="middle" ` +
    `font-family="system-ui,sans-serif" font-size="30" fill="#fff">${escapeHtml(account.name.slice(0, 1))}</text></svg>`
  );
}
