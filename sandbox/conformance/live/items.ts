import type { Answer, Json } from '../send.ts';
import type { Account } from './credentials.ts';
import { RowCannotRun } from './problem.ts';

interface Creation {
  id: string;
  by: Account;
  kind: 'files' | 'drives';
  parents?: string[];
}

/** The items that a row has created: only these may it change, lists show it only these, and they are deleted after it. */
export class CreatedItems {
  private readonly created = new Map<string, Creation>();
  /** The row's folders by owner. */
  private readonly folders = new Map<string, Account>();
  /** Addresses of uploads, with the names added to their masks. */
  readonly uploads = new Map<string, string[]>();

  addFolder(id: string, owner: Account): void {
    this.folders.set(id, owner);
  }

  add(creation: Creation): void {
    this.created.set(creation.id, creation);
  }

  /** Whether the row created an item. */
  has(id: unknown): boolean {
    return typeof id === 'string' && this.created.has(id);
  }

  /** The ids of all files. */
  files(): string[] {
    return [...this.created.values()].filter(({ kind }) => kind === 'files').map(({ id }) => id);
  }

  /** Items that are not deleted with the row's folders, newest first: in other places, or with another owner. */
  elsewhere(): { path: string; by: Account }[] {
    const goesAway = ({ parents, by }: Creation): boolean => {
      const seen = new Set<string>();
      const above = [...(parents ?? [])];
      for (const id of above) {
        if (this.folders.get(id) === by) return true;
        if (!seen.has(id)) above.push(...(this.created.get(id)?.parents ?? []));
        seen.add(id);
      }
      return false;
    };
    return [...this.created.values()]
      .filter((creation) => !goesAway(creation))
      .reverse()
      .map(({ id, by, kind }) => ({ path: `${kind}/${id}`, by }));
  }

  /** @throws RowCannotRun for a write to an item that the row did not create */
  guard(method: string, address: string, body: unknown): void {
    const calls = [[method, address]];
    if (address.includes('/batch/') && typeof body === 'string')
      for (const [, each = '', path = ''] of body.matchAll(/^(POST|PUT|PATCH|DELETE) (\S+)/gm))
        calls.push([each, path]);
    for (const [each = '', path = ''] of calls) {
      if (each === 'GET' || !path.startsWith('/')) continue;
      const id = /\/(?:files|drives|documents|spreadsheets|presentations)\/([^/:?]+)/.exec(path)?.[1];
      if (id === undefined || id === 'generateIds' || this.has(id) || this.folders.has(id) || isMadeUp(id)) continue;
      throw new RowCannotRun('would change items that it did not create');
    }
  }
}

/** Ids of rows without an item, such as `nowhere`; Google's have at least 19 characters. */
const isMadeUp = (id: string): boolean => id.length < 15 && !['root', 'trash'].includes(id);

/** Calls that create an item, with the name of the id in the response. */
const CREATIONS: readonly [RegExp, string][] = [
  [/^\/(upload\/)?drive\/v3\/files(\/[^/?]+\/copy)?(\?|$)/, 'id'],
  [/^\/drive\/v3\/drives(\?|$)/, 'id'],
  [/^\/v1\/documents(\?|$)/, 'documentId'],
  [/^\/v4\/spreadsheets(\?|$)/, 'spreadsheetId'],
  [/^\/v1\/presentations(\?|$)/, 'presentationId'],
];

/**
 * The name of the item that a request creates: `Untitled` if it gives none, and undefined if it creates nothing.
 * @param path without the query
 */
export function nameOfCreated(path: string, body: unknown): string | undefined {
  if (!CREATIONS.some(([creation]) => creation.test(path))) return undefined;
  // In the parts of an upload the metadata comes first.
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : typeof body === 'string' ? body : JSON.stringify(body);
  const [, name] = /"(?:name|title)": ?("(?:[^"\\]|\\.)*")/.exec(text ?? '') ?? [];
  return name === undefined ? 'Untitled' : (JSON.parse(name) as string);
}

/**
 * A request whose response has the ids of created or listed items. They are added to `items`, and removed from the
 * response if the row did not request them. Lists show only items of the row.
 */
export function withIds(
  method: string,
  address: string,
  items: CreatedItems,
): { address: string; read: (answer: Answer, as: Account | 'nobody') => Answer } {
  const upload = items.uploads.get(address);
  const creation = method === 'POST' ? CREATIONS.find(([path]) => path.test(address)) : undefined;
  if (upload || creation) {
    const idName = creation?.[1] ?? 'id';
    const asked = creation
      ? withNames(address, idName === 'id' && !/\/drives/.test(address) ? ['id', 'parents'] : [idName])
      : { address, added: upload ?? [] };
    return {
      address: asked.address,
      read: (answer, as) => {
        const location = answer.headers['location'];
        if (typeof location === 'string') items.uploads.set(location, asked.added);
        const id: unknown = answer.json[idName];
        if (answer.status === 200 && typeof id === 'string') {
          const parents = answer.json['parents'] as string[] | undefined;
          const kind =
            (answer.json['kind'] as unknown) === 'drive#drive' || /\/v3\/drives/.test(address) ? 'drives' : 'files';
          items.add({ id, by: as === 'nobody' ? 'alice' : as, kind, ...(parents ? { parents } : {}) });
        }
        return without(answer, asked.added);
      },
    };
  }
  return method === 'GET' ? ofOwnItems(address, items) : { address, read: (answer) => answer };
}

const LISTS: readonly [RegExp, string, string][] = [
  [/^\/drive\/v3\/files(\?|$)/, 'files', 'id'],
  [/^\/drive\/v3\/changes(\?|$)/, 'changes', 'fileId'],
  [/^\/drive\/v3\/drives(\?|$)/, 'drives', 'id'],
];

function ofOwnItems(address: string, items: CreatedItems): ReturnType<typeof withIds> {
  const [, list = '', idName = ''] = LISTS.find(([path]) => path.test(address)) ?? [];
  if (list === '') return { address, read: (answer) => answer };
  const inner = new RegExp(`([?&]fields=[^&]*\\b${list}\\()([^)&]*)`).exec(address);
  const hasId = inner ? inner[2]?.split(/[,(]/).includes(idName) : true;
  let asked = hasId ? address : address.replace(inner?.[0] ?? '', `${inner?.[1]}${idName},${inner?.[2]}`);
  // One page contains all items of the account (`MAX_ITEMS`).
  if (list === 'files' && !/[?&]page(Size|Token)=/.test(asked))
    asked += `${asked.includes('?') ? '&' : '?'}pageSize=1000`;
  return {
    address: asked,
    read: (answer) => {
      const all = answer.json[list] as unknown as Record<string, unknown>[] | undefined;
      if (answer.status !== 200 || !Array.isArray(all)) return answer;
      const own = all
        .filter((each) => each[idName] === undefined || items.has(each[idName]))
        .map((each) => (hasId ? each : Object.fromEntries(Object.entries(each).filter(([name]) => name !== idName))));
      return { ...answer, json: { ...answer.json, [list]: own as unknown as Json } };
    },
  };
}

/** An address with `names` added to its mask, and the names that it lacked. */
function withNames(address: string, names: string[]): { address: string; added: string[] } {
  const mask = /[?&]fields=([^&]*)/.exec(address)?.[1];
  if (mask === undefined || mask === '' || decodeURIComponent(mask) === '*') return { address, added: [] };
  const top = decodeURIComponent(mask)
    .replace(/\([^()]*\)/g, '')
    .split(',')
    .map((each) => each.replace(/\/.*$/, ''));
  const added = names.filter((name) => !top.includes(name));
  return { address: address.replace(/([?&]fields=)([^&]*)/, `$1$2${added.map((name) => `,${name}`).join('')}`), added };
}

function without(answer: Answer, names: string[]): Answer {
  if (names.length === 0 || answer.status !== 200) return answer;
  const json = Object.fromEntries(Object.entries(answer.json).filter(([name]) => !names.includes(name)));
  return { ...answer, json };
}
