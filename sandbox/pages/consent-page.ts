import type { Account } from '../drive/drive-store.ts';
import { escapeHtml, NOTE, page, table } from './page.ts';

const SCOPE_WORDS: Record<string, string> = {
  'https://www.googleapis.com/auth/drive': 'See, edit, create and delete all of your Drive files',
  'https://www.googleapis.com/auth/drive.readonly': 'See and download all your Drive files',
  'https://www.googleapis.com/auth/drive.metadata.readonly': 'See information about your Drive files',
  'https://www.googleapis.com/auth/drive.file':
    'See, edit, create and delete only the Drive files you use with this app',
};

/**
 * The page on which a person chooses an account and allows or denies access. A plain form, posted to the same address:
 * fields `account` (an e-mail), `scope` (once for each ticked permission) and `decision` (`allow` or `deny`). Scopes that
 * were granted earlier are in `remembered`, which a script may omit.
 */
export function consentPage(request: {
  action: string;
  app: string;
  accounts: Iterable<Account>;
  preselected: string;
  scopes: readonly string[];
  /** Scopes that the preselected account granted earlier; they are shown, but not requested again. */
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

/** Google's error page, in place of a redirect, if it cannot trust the request's redirect address. */
export function authorizationErrorPage(error: { code: string; text: string; cure: string }): string {
  return page(
    'Access blocked',
    `${NOTE}<h1>Access blocked: this request is invalid</h1><p>${escapeHtml(error.text)}</p>` +
      `<p class="quiet">${escapeHtml(error.cure)}</p><p><code>Error ${escapeHtml(error.code)}</code></p>`,
  );
}

/** The page behind the link of a file, with some of its metadata. */
export function filePage(facts: Record<string, string>): string {
  const rows = Object.entries(facts).map(([name, value]) => [escapeHtml(name), escapeHtml(value)]);
  return page(
    facts['Name'] ?? 'File',
    `${NOTE}<h1>${escapeHtml(facts['Name'] ?? '')}</h1>${table(undefined, rows)}`,
    true,
  );
}

/** A circle with the initial of an account, in a colour derived from it. */
export function avatar(account: Account): string {
  const hue = Number(account.permissionId.slice(-3)) % 360;
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">' +
    `<circle cx="32" cy="32" r="32" fill="hsl(${hue} 45% 38%)"/><text x="32" y="42" text-anchor="middle" ` +
    `font-family="system-ui,sans-serif" font-size="30" fill="#fff">${escapeHtml(account.name.slice(0, 1))}</text></svg>`
  );
}
