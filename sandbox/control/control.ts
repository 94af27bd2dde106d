import { readFile } from 'node:fs/promises';
import { sizeOf, type Item } from '../drive/drive-store.ts';
import { plainText } from '../documents/documents.ts';
import { accessPage } from './access-report.ts';
import { SandboxUsageError } from '../http/errors.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import {
  arrangeDomain,
  arrangeGroup,
  arrangeOrganization,
  arrangePerson,
  describeOrganization,
} from '../directory/arrange.ts';
import { arrangeDrive, arrangeItem } from '../seed/fixtures.ts';
import { rfc3339 } from '../drive/file-resource.ts';
import { BLOCKS, type Block } from '../oauth/clients.ts';
import type { Delegation } from '../oauth/service-accounts.ts';
import { arrangeDocument, documentItem, editDocument } from '../seed/documents.ts';
import { fillFromPreset } from '../seed/presets.ts';
import { importFolder, makeTree } from '../seed/seeding.ts';
import type { LogFilter, Stats } from '../http/stats.ts';
import type { World } from '../world.ts';

const DESCRIPTION = new URL('./openapi.json', import.meta.url);

/**
 * The side that tests and benchmarks drive, described in `openapi.json`.
 * @throws SandboxUsageError for invalid input; the response is 400.
 */
export async function control(world: World, stats: Stats, exchange: Exchange): Promise<Reply> {
  const { query } = exchange;
  // Browsers send it with every call that changes something. A page open on this machine must not have its folders read.
  if (exchange.header('origin') !== undefined)
    return {
      status: 403,
      json: { error: { code: 403, message: 'No web page may call the control side: use a program.' } },
    };
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
      const testing = optionalFlag(input, 'testing');
      const grace = optionalNumber(input, 'rotationGraceSeconds');
      if (grace !== undefined && grace < 0) throw new SandboxUsageError('rotationGraceSeconds must not be negative.');
      const blocked = optionalText(input, 'blocked');
      if (blocked !== undefined && !isBlock(blocked))
        throw new SandboxUsageError(`blocked must be one of ${Object.keys(BLOCKS).join(', ')}.`);
      world.oauth.addClient({
        clientId,
        clientSecret: text(input, 'clientSecret'),
        redirectUris,
        ...optional('testing', testing),
        ...optional('rotationGraceSeconds', grace),
        ...optional('blocked', blocked),
      });
      return ok({
        clientId,
        redirectUris,
        testing: testing ?? false,
        ...optional('rotationGraceSeconds', grace),
      });
    }
    case 'POST /service-accounts': {
      const delegation = input['delegation'];
      const generate = optionalFlag(input, 'generate') ?? false;
      const publicKey = optionalText(input, 'publicKey');
      if (generate === (publicKey !== undefined))
        throw new SandboxUsageError('Give either publicKey (PEM), or generate: true to have a key made.');
      return ok(
        await world.oauth.addServiceAccount(
          {
            email: text(input, 'email'),
            ...optional('publicKey', publicKey),
            ...optional('delegations', delegation === undefined ? undefined : [delegation].flat().map(readDelegation)),
          },
          exchange.origin,
        ),
      );
    }

    case 'POST /service-accounts/delegation': {
      const { email, delegations } = world.oauth.delegate(text(input, 'email'), readDelegation(input));
      return ok({ email, delegations });
    }
    case 'GET /organizations': {
      const organizations = world.store.directory.allOrganizations();
      return ok({ organizations: organizations.map((each) => describeOrganization(world.store, each)) });
    }
    case 'POST /organizations':
      return ok(arrangeOrganization(world.store, input));
    case 'POST /people':
      return ok(arrangePerson(world.store, world.now, input));
    case 'POST /groups':
      return ok(arrangeGroup(world.store, input));
    case 'POST /domains':
      return ok(arrangeDomain(world.store, input));
    case 'POST /drives':
      return ok(arrangeDrive(world.store, world.now, input));
    case 'POST /items':
      return ok(arrangeItem(world.store, input));
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

    case 'GET /access':
      return ok({ ...accessPage(world.store, query) });

    case 'GET /stats':
      return ok({
        ...stats.toJSON(),
        notifications: world.apis.permissions.notifications.length,
        faultsStruck: world.behavior.struck,
      });
    case 'DELETE /stats':
      stats.clear();
      world.apis.permissions.notifications = [];
      return { status: 204 };
    case 'GET /meter':
      return ok(stats.meter.report(world.now()));
    case 'PUT /prices':
      stats.meter.setPrices(input);
      return ok({ ...stats.meter.prices });
    case 'GET /log':
      return {
        status: 200,
        headers: { 'content-type': 'application/x-ndjson' },
        lines: stats.lines(logFilter(query)),
      };
    case 'GET /notifications':
      return ok({ notifications: world.apis.permissions.notifications });

    case 'GET /behavior':
      return ok({ ...world.behavior.settings });
    case 'PUT /behavior':
      world.behave(input);
      return ok({ ...world.behavior.settings });
    case 'PATCH /behavior':
      world.behave(input, true);
      return ok({ ...world.behavior.settings });
    case 'GET /clock':
      return ok({ now: rfc3339(world.now()), advancedMs: world.advancedMs });
    case 'POST /clock': {
      const advanceMs = optionalNumber(input, 'advanceMs');
      if (advanceMs === undefined) throw new SandboxUsageError('advanceMs is missing.');
      world.advance(advanceMs);
      return ok({ now: rfc3339(world.now()), advancedMs: world.advancedMs });
    }
    case 'POST /days/use': {
      const email = optionalText(input, 'account');
      const accounts = email === undefined ? [...world.store.accounts.values()] : [world.store.knownAccount(email)];
      for (const account of accounts) world.behavior.useUpDay(account);
      return ok({ accounts: accounts.map((account) => account.email) });
    }
    case 'POST /storage/fill': {
      const account = world.store.knownAccount(text(input, 'account'));
      world.behavior.fillStorage(account);
      return ok({ account: account.email, storageBytes: world.behavior.storageLimit(account) });
    }
    case 'POST /presets': {
      const { account, parent: top } = place(world, input);
      const more = { top, ...optional('seed', optionalNumber(input, 'seed')) };
      return ok({ ...(await fillFromPreset(world.store, account, text(input, 'preset'), more)) });
    }
    case 'POST /documents': {
      const { account, parent } = place(world, { account: world.firstAccount.email, ...input });
      return ok({ id: arrangeDocument(world.store, account, parent, input).id });
    }
    case 'GET /documents': {
      const item = documentItem(world.store, query.get('fileId'));
      return ok({ id: item.id, name: item.name, mimeType: item.mimeType, document: item.document });
    }
    case 'POST /documents/edit':
      return ok(editDocument(world, input));
    case 'GET /uploads':
      return ok({ uploads: world.apis.uploads.sessions.open() });
    case 'POST /uploads/expire':
      return ok({ expired: await world.apis.uploads.sessions.expire(optionalText(input, 'uploadId')) });
    case 'POST /reset':
      await world.reset();
      stats.clear();
      stats.meter.reset();
      return ok({ accounts: [...world.store.accounts.values()].map(({ email }) => email) });
    default:
      return {
        status: 404,
        json: { error: { code: 404, message: 'The control side has no such call; see /__sandbox/openapi.json.' } },
      };
  }
}

function logFilter(query: URLSearchParams): LogFilter {
  const known = ['operation', 'account', 'status', 'fault', 'verdict', 'contains'] as const;
  const filter: LogFilter = {};
  for (const [name, value] of query) {
    const key = known.find((each) => each === name);
    if (key) filter[key] = value;
    else if (name === 'limit' && /^[1-9]\d*$/.test(value)) filter.limit = Number(value);
    else if (name === 'limit') throw new SandboxUsageError('limit must be a whole number from 1 on.');
    else throw new SandboxUsageError(`The log has no filter "${name}"; known are ${known.join(', ')} and limit.`);
  }
  if (filter.status !== undefined && !/^(\d{3}|\dxx|dropped)$/.test(filter.status))
    throw new SandboxUsageError('status must be like 403, 4xx or dropped.');
  return filter;
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
      driveId: item.owner.email === undefined ? item.owner.id : undefined,
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

function optionalFlag(input: Record<string, unknown>, name: string): boolean | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw new SandboxUsageError(`${name} must be true or false.`);
  return value;
}

function isBlock(value: string): value is Block {
  return Object.hasOwn(BLOCKS, value);
}

function readDelegation(value: unknown): Delegation {
  const { domain, scopes } = (value ?? {}) as Record<string, unknown>;
  if (typeof domain !== 'string' || !isTextList(scopes))
    throw new SandboxUsageError('delegation needs a domain and a list of scopes.');
  return { domain, scopes };
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function optional<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: V };
}
