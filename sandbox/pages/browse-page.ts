import { accessInWords, groupsPage, itemPage } from './access-page.ts';
import { bytesInWords, escapeHtml, NOTE, page, table } from './page.ts';
import { EXPORT_FORMATS, exportDocument } from '../documents/documents.ts';
import { FOLDER, SHORTCUT, sizeOf, type Account, type Item } from '../drive/drive-store.ts';
import { GoogleError, googleError, SandboxUsageError } from '../http/errors.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import { rfc3339 } from '../drive/file-resource.ts';
import type { SandboxState } from '../sandbox-state.ts';

/** Items on one page of a folder. */
const PAGE_SIZE = 200;
/** Larger folders are shown unsorted, because sorting them would block other requests. */
const MAX_SORTED = 5_000;
/** Accounts beyond this number are listed without buttons. */
const SHOWN_ACCOUNTS = 6;
/** Factor of the typical realistic latency that the button "Slow down" sets. */
const SLOWNESS = 3;

/** No script runs on these pages, whatever a file's name or content is. */
const PAGE_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** Failures that the buttons of an account cause, such as during a transfer. */
const ACCOUNT_FAILURES = {
  revoke: 'Revoke its grants',
  expire: 'Expire its access tokens',
  day: 'Use up its 750 GB day',
  fill: 'Fill its storage',
} as const;

/**
 * The pages for people: the accounts at `/`, the Drive of each below `/browse/E-MAIL`, and `POST /trouble`, the form
 * behind the buttons (fields `action` and `account`). `undefined` for any other address.
 * @throws GoogleError 404 for an unknown account or item, 403 for a form that another site sent.
 */
export async function browse(state: SandboxState, exchange: Exchange): Promise<Reply | undefined> {
  const { method, path } = exchange;
  if (method === 'POST' && path === '/trouble') {
    causeFailure(state, exchange, await exchange.form());
    return { status: 303, headers: { location: '/' } };
  }
  if (method !== 'GET') return undefined;
  if (path === '/') return html(homePage(state, exchange.origin));
  const [, first, email, id, content, ...rest] = path.split('/').map(decodeURIComponentOr);
  if (first === 'groups' && id === undefined) {
    const groups = groupsPage(state, email);
    if (groups === undefined) throw notThere();
    return html(groups);
  }
  if (first !== 'browse' || email === undefined || rest.length > 0) return undefined;
  const account = state.store.account(email);
  if (!account) throw notThere();
  if (id === 'shared')
    return html(listPage(state, exchange, account, 'Shared with me', state.store.sharedWith(account)));
  if (id === 'trash')
    return html(
      listPage(
        state,
        exchange,
        account,
        'Trash',
        [...account.own].filter((item) => item.trashedExplicitly),
      ),
    );
  const item = id === undefined || id === '' ? account.root : state.store.item(id);
  if (!item || !state.store.roleOf(item, account)) throw notThere();
  if (content === 'content') return download(item, exchange.query.get('as'));
  if (content === 'about') return html(itemPage(state, account, item));
  if (content !== undefined) throw notThere();
  if (item.mimeType !== FOLDER) return undefined;
  return html(listPage(state, exchange, account, item.name, [...(item.children ?? [])], item));
}

function notThere(): GoogleError {
  return googleError('notFound');
}

function html(text: string): Reply {
  return { status: 200, headers: { ...PAGE_HEADERS }, html: text };
}

function homePage(state: SandboxState, origin: string): string {
  const { store, behavior } = state;
  const everybody = [...store.accounts.values()];
  const accounts = everybody.slice(0, SHOWN_ACCOUNTS).map((account) => {
    const at = `/browse/${encodeURIComponent(account.email)}`;
    const buttons = Object.entries(ACCOUNT_FAILURES).map(([action, label]) => button(action, label, account.email));
    const ends = behavior.dayEnds(account);
    const drives = store
      .drivesOf(account)
      .map((drive) => ` · <a href="${at}/${drive.id}">${escapeHtml(drive.name)}</a> (shared drive)`);
    return (
      `<section><h2>${escapeHtml(account.name)}</h2><p><code>${escapeHtml(account.email)}</code> ` +
      `${account.own.size} items, ${bytesInWords(account.usage)} of ` +
      `${bytesInWords(behavior.storageLimit(account))}</p>` +
      (ends === undefined ? '' : `<p class="note">Its 750 GB day is used up until ${rfc3339(ends)}</p>`) +
      `<p><a href="${at}">My Drive</a> · <a href="${at}/shared">Shared with me</a> · <a href="${at}/trash">Trash</a>` +
      `${drives.join('')}</p><div class="actions">${buttons.join('')}</div></section>`
    );
  });
  const { latencyMs, faults, quotas } = behavior.settings;
  const failures = [
    ...(latencyMs === 0 ? [] : [`slow: ${JSON.stringify(latencyMs)}`]),
    ...faults.map(({ operation, kind, reason }) => `${kind} ${reason ?? ''} on ${String(operation)}`),
    ...(Object.keys(quotas).length > 0 ? [`quotas: ${JSON.stringify(quotas)}`] : []),
  ];
  return page(
    'Drive sandbox',
    `${NOTE}<h1>Drive sandbox</h1><p>This server behaves like Google's OAuth and Drive v3, on one address and without ` +
      'Google. It is for demonstrations, tests and benchmarks: anyone who can reach it can act as any account.</p>' +
      accounts.join('') +
      otherAccounts(everybody.slice(SHOWN_ACCOUNTS)) +
      `<section><h2>Groups</h2><p><a href="/groups">${store.directory.groups.size} groups</a></p></section>` +
      '<section><h2>Simulated failures</h2>' +
      (failures.length > 0
        ? `<ul>${failures.map((each) => `<li>${escapeHtml(each)}</li>`).join('')}</ul>`
        : '<p>None: every request is answered immediately.</p>') +
      `<div class="actions">${button('slow', 'Slow down')}${button('google', "Google's quotas")}` +
      `${button('hour', 'An hour later')}${button('tomorrow', 'A day later')}` +
      `${button('clear', 'Clear all failures')}</div>` +
      `<p class="quiet">The sandbox's clock: ${rfc3339(state.now())}</p></section>` +
      `<h2>Use</h2><p>Set <code>GOOGLE_BASE_URL=${escapeHtml(origin)}</code>.</p>` +
      '<p>The control API issues tokens, imports folders, generates trees, causes failures and reports what it ' +
      'received: <a href="/__sandbox/openapi.json">/__sandbox/openapi.json</a>. Live: ' +
      '<a href="/__sandbox/stats">stats</a>, <a href="/__sandbox/log">log</a>, ' +
      '<a href="/__sandbox/behavior">behavior</a>.</p>',
    true,
  );
}

/** Accounts without buttons of their own. */
function otherAccounts(accounts: readonly Account[]): string {
  if (accounts.length === 0) return '';
  const rows = accounts.map(({ email, name, own, usage }) => [
    `<a href="/browse/${encodeURIComponent(email)}">${escapeHtml(name)}</a>`,
    escapeHtml(email),
    String(own.size),
    bytesInWords(usage),
  ]);
  return `<section><h2>${accounts.length} more accounts</h2>${table(['Name', 'Address', 'Items', 'Bytes'], rows)}</section>`;
}

function button(action: string, label: string, account?: string): string {
  const who = account === undefined ? '' : `<input type="hidden" name="account" value="${escapeHtml(account)}">`;
  const name = account === undefined ? '' : ` aria-label="${escapeHtml(`${label} (${account})`)}"`;
  return `<form method="post" action="/trouble">${who}<button name="action" value="${action}"${name}>${label}</button></form>`;
}

function causeFailure(state: SandboxState, exchange: Exchange, form: URLSearchParams): void {
  const origin = exchange.header('origin');
  // Browsers send the origin of a form; forms from other sites are refused.
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== exchange.header('host')))
    throw googleError('foreignForm');
  const { behavior, oauth, store } = state;
  const account = (): Account => store.knownAccount(form.get('account') ?? '');
  switch (form.get('action')) {
    case 'revoke':
      oauth.revokeGrant(account().email, '*');
      break;
    case 'expire':
      oauth.expireAccessTokens(account().email);
      break;
    case 'day':
      behavior.useUpDay(account());
      break;
    case 'fill':
      behavior.fillStorage(account());
      break;
    case 'slow':
      state.behave({ latencyMs: 'realistic', latencyScale: SLOWNESS }, true);
      break;
    case 'google':
      state.behave({ quotas: 'google' }, true);
      break;
    case 'hour':
      state.advance(3_600_000);
      break;
    case 'tomorrow':
      state.advance(24 * 3_600_000);
      break;
    case 'clear':
      state.behave({});
      break;
    default:
      throw new SandboxUsageError('action is missing or unknown.');
  }
}

function listPage(
  state: SandboxState,
  exchange: Exchange,
  account: Account,
  title: string,
  all: Item[],
  folder?: Item,
): string {
  const { store } = state;
  const items = folder ? all.filter((item) => !item.trashedExplicitly && store.roleOf(item, account)) : all;
  if (items.length <= MAX_SORTED)
    items.sort(
      (a, b) => Number(b.mimeType === FOLDER) - Number(a.mimeType === FOLDER) || a.name.localeCompare(b.name, 'en'),
    );
  const at = `/browse/${encodeURIComponent(account.email)}`;
  const start = Math.max(0, Math.trunc(Number(exchange.query.get('start') ?? 0)) || 0);
  const shown = items.slice(start, start + PAGE_SIZE);
  const rows = shown.map((item) => {
    const size = sizeOf(item);
    return [
      nameOf(state, item, account, at),
      `<a href="${at}/${item.id}/about" aria-label="About ${escapeHtml(item.name)}">${escapeHtml(accessInWords(item))}</a>`,
      size === undefined ? '' : bytesInWords(size),
      (rfc3339(item.modified) ?? '').slice(0, 16).replace('T', ' '),
    ];
  });
  const pages = [
    ...(start > 0 ? [`<a href="?start=${Math.max(0, start - PAGE_SIZE)}">Before</a>`] : []),
    ...(start + PAGE_SIZE < items.length ? [`<a href="?start=${start + PAGE_SIZE}">After</a>`] : []),
  ];
  const above: string[] = [];
  for (let each = folder?.parent; each && store.roleOf(each, account); each = each.parent)
    above.unshift(`<a href="${at}/${each.id}">${escapeHtml(each.name)}</a>`);
  return page(
    title,
    `${NOTE}<p class="quiet"><a href="/">Accounts</a> › ${[`<code>${escapeHtml(account.email)}</code>`, ...above].join(' › ')}</p>` +
      `<h1>${escapeHtml(title)}</h1>` +
      (folder
        ? `<p>Shared with: <a href="${at}/${folder.id}/about">${escapeHtml(accessInWords(folder))}</a></p>`
        : '') +
      (rows.length === 0 ? '<p>Nothing is here.</p>' : table(['Name', 'Shared with', 'Size', 'Modified (UTC)'], rows)) +
      (items.length > PAGE_SIZE
        ? `<p>${start + 1} to ${start + shown.length} of ${items.length}. ${pages.join(' · ')}</p>`
        : `<p class="quiet">${items.length} items</p>`),
    true,
  );
}

function nameOf(state: SandboxState, item: Item, account: Account, at: string): string {
  const name = escapeHtml(item.name) || '(no name)';
  if (item.mimeType === FOLDER) return `▸ <a href="${at}/${item.id}">${name}</a>`;
  if (item.mimeType === SHORTCUT) {
    const target = state.store.item(item.shortcutTarget?.id ?? '');
    const seen = target && state.store.roleOf(target, account);
    return `↪ ${seen && target.mimeType === FOLDER ? `<a href="${at}/${target.id}">${name}</a>` : name} (shortcut)`;
  }
  if (item.content) return `<a href="${at}/${item.id}/content" download>${name}</a>`;
  const formats = item.document ? (EXPORT_FORMATS[item.mimeType] ?? []) : [];
  const [format] = [...formats.filter((type) => type === 'application/pdf'), ...formats];
  const kind = escapeHtml(item.mimeType.split('.').at(-1) ?? '');
  return format === undefined
    ? `${name} (Google ${kind})`
    : `<a href="${at}/${item.id}/content?as=${encodeURIComponent(format)}" download>${name}</a> (Google ${kind})`;
}

async function download(item: Item, as: string | null): Promise<Reply> {
  const { content, document } = item;
  const headers = {
    ...PAGE_HEADERS,
    // RFC 6266. Files are never shown inline, so that their scripts do not run at this origin.
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(item.name.toWellFormed()).replace(/['()*]/g, escape)}`,
  };
  if (content) {
    await content.followDisk();
    return {
      status: 200,
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      part: { content, start: 0, end: content.size },
    };
  }
  if (!document || as === null) throw notThere();
  return { status: 200, headers: { ...headers, 'content-type': as }, bytes: exportDocument(document, item.name, as) };
}

function escape(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}

function decodeURIComponentOr(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
