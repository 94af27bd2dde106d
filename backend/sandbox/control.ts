import { readFile } from 'node:fs/promises';
import { sizeOf, type Item } from './drive-store.ts';
import { plainText } from './documents.ts';
import { SandboxUsageError } from './errors.ts';
import type { Exchange, Reply } from './exchange.ts';
import { rfc3339 } from './file-resource.ts';
import { importFolder, makeTree } from './seeding.ts';
import type { Stats } from './stats.ts';
import type { World } from './world.ts';

const DESCRIPTION = new URL('./openapi.json', import.meta.url);

/**
 * The side that tests and benchmarks drive, described in `openapi.json`.
 * @throws SandboxUsageError for input that makes no sense; it is answered with 400.
 */
export async function control(world: World, stats: Stats, exchange: Exchange): Promise<Reply> {
  const { query } = exchange;
  const input = exchange.method === 'GET' || exchange.method === 'DELETE' ? {} : await exchange.json();
  switch (`${exchange.method} ${exchange.url.pathname.slice('/__sandbox'.length)}`) {
    case 'GET /openapi.json':
      return { status: 200, headers: { 'content-type': 'application/json' }, bytes: await readFile(DESCRIPTION) };

    case 'GET /accounts':
      return ok({
        accounts: [...world.store.accounts.values()].map(
          ({ email, name, sub, permissionId, quotaBytes, root, own, usage }) => ({
            email,
            name,
            sub,
            permissionId,
            rootId: root.id,
            quotaBytes,
            usage,
            items: own.size,
          }),
        ),
      });
    case 'POST /accounts': {
      const { email, sub, root } = world.store.addAccount(text(input, 'email'), {
        ...optional('name', optionalText(input, 'name')),
        ...optional('quotaBytes', optionalNumber(input, 'quotaBytes')),
      });
      return ok({ email, sub, rootId: root.id });
    }

    case 'POST /tokens': {
      const scopes = input['scopes'];
      if (scopes !== undefined && !isTextList(scopes)) throw new SandboxUsageError('scopes must be a list of texts.');
      return ok(
        world.oauth.issue(text(input, 'account'), {
          ...optional('scopes', scopes),
          ...optional('expiresIn', optionalNumber(input, 'expiresIn')),
          ...optional('clientId', optionalText(input, 'clientId')),
        }),
      );
    }
    case 'POST /tokens/expire':
      return ok({ expired: world.oauth.expireAccessTokens(text(input, 'account')) });
    case 'POST /grants/revoke': {
      const { email } = world.store.knownAccount(text(input, 'account'));
      return ok({ ended: world.oauth.revokeGrant(email, optionalText(input, 'clientId') ?? '*') });
    }

    case 'GET /clients':
      return ok({ clientIds: world.oauth.clientIds() });
    case 'POST /clients': {
      const redirectUris = input['redirectUris'];
      if (!isTextList(redirectUris)) throw new SandboxUsageError('redirectUris must be a list of addresses.');
      const clientId = text(input, 'clientId');
      world.oauth.addClient({ clientId, clientSecret: text(input, 'clientSecret'), redirectUris });
      return ok({ clientId, redirectUris });
    }

    case 'POST /import': {
      const { account, parent } = place(world, input);
      return ok({ ...(await importFolder(world.store, account, text(input, 'path'), parent)) });
    }
    case 'POST /trees': {
      const { account, parent } = place(world, input);
      const plan = {
        folders: optionalNumber(input, 'folders') ?? 0,
        files: optionalNumber(input, 'files') ?? 0,
        bytes: optionalNumber(input, 'bytes') ?? 0,
        seed: optionalNumber(input, 'seed') ?? 1,
        ...optional('name', optionalText(input, 'name')),
      };
      return ok(await makeTree(world.store, account, plan, parent));
    }
    case 'GET /tree': {
      const account = world.store.knownAccount(query.get('account') ?? world.firstAccount.email);
      const from = query.get('folderId');
      const top = from === null ? undefined : world.store.item(from);
      if (from !== null && !top) throw new SandboxUsageError(`There is no folder ${from}.`);
      const orphans = top ? [] : [...account.own].filter((item) => !item.parent);
      return {
        status: 200,
        headers: { 'content-type': 'application/x-ndjson' },
        lines: describeTree(world, top ?? account.root, orphans, query.get('checksums') !== 'false'),
      };
    }

    case 'GET /stats':
      return ok({
        ...stats.toJSON(),
        notifications: world.api.permissions.notifications.length,
        faultsStruck: world.behavior.struck,
      });
    case 'DELETE /stats':
      stats.clear();
      world.api.permissions.notifications = [];
      return { status: 204 };
    case 'GET /log':
      return ok({ requests: stats.recent(Number(query.get('limit') ?? 100)) });
    case 'GET /notifications':
      return ok({ notifications: world.api.permissions.notifications });

    case 'GET /behavior':
      return ok({ ...world.behavior.settings });
    case 'PUT /behavior':
      world.behave(input);
      return ok({ ...world.behavior.settings });
    case 'POST /uploads/expire':
      return ok({ expired: await world.api.uploads.expire(optionalText(input, 'uploadId')) });
    case 'POST /reset':
      await world.reset();
      stats.clear();
      return ok({ accounts: [...world.store.accounts.values()].map(({ email }) => email) });
    default:
      return {
        status: 404,
        json: { error: { code: 404, message: 'The control side has no such call; see /__sandbox/openapi.json.' } },
      };
  }
}

/** Everything below a folder, a line of JSON for each item, folders before what they hold. */
async function* describeTree(
  world: World,
  top: Item,
  orphans: readonly Item[],
  checksums: boolean,
): AsyncGenerator<string> {
  const waiting: { item: Item; names: string[] }[] = [...orphans].map((item) => ({ item, names: [item.name] }));
  for (const child of top.children ?? []) waiting.push({ item: child, names: [child.name] });
  waiting.reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { item, names } = next;
    if (checksums) await item.content?.digest(['md5', 'sha256']);
    const size = sizeOf(item);
    yield `${JSON.stringify({
      path: names.map((name) => name.replace(/[\\/]/g, '\\$&')).join('/'),
      names,
      id: item.id,
      parentId: item.parent?.id,
      name: item.name,
      mimeType: item.mimeType,
      owner: item.owner.email,
      md5: item.content?.digested('md5'),
      sha256: item.content?.digested('sha256'),
      size,
      createdTime: rfc3339(item.created),
      modifiedTime: rfc3339(item.modified),
      trashed: world.store.isTrashed(item),
      description: item.description,
      starredBy: item.starredBy?.size ? [...item.starredBy] : undefined,
      properties: item.properties,
      appProperties: item.appProperties,
      shortcutTarget: item.shortcutTarget?.id,
      text: item.document ? plainText(item.document) : undefined,
      permissions: [...(item.permissions?.values() ?? [])].map(({ id, type, role, email, domain, expirationTime }) => ({
        id,
        type,
        role,
        email,
        domain,
        expirationTime: rfc3339(expirationTime),
      })),
    })}\n`;
    const children = [...(item.children ?? [])].reverse();
    for (const child of children) waiting.push({ item: child, names: [...names, child.name] });
  }
}

function place(world: World, input: Record<string, unknown>) {
  const account = world.store.knownAccount(text(input, 'account'));
  const parentId = optionalText(input, 'parentId');
  const parent = parentId === undefined || parentId === 'root' ? account.root : world.store.item(parentId);
  if (!parent?.children) throw new SandboxUsageError(`There is no folder ${parentId}.`);
  return { account, parent };
}

function ok(json: Record<string, unknown>): Reply {
  return { status: 200, json };
}

function text(input: Record<string, unknown>, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined || value === '') throw new SandboxUsageError(`${name} is missing.`);
  return value;
}

function optionalText(input: Record<string, unknown>, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new SandboxUsageError(`${name} must be a text.`);
  return value;
}

function optionalNumber(input: Record<string, unknown>, name: string): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new SandboxUsageError(`${name} must be a number.`);
  return value;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function optional<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: V };
}
