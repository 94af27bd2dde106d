import { SandboxClient, startSandbox } from '@cloudmover/drive-sandbox';
import { replaceAddress, replaceAddresses } from '../../src/engine/links/drive-addresses.js';

const ANA = 'ana@example.com';

type Json = Record<string, unknown>;
/** A call that Google refused. */
export class RefusedCall extends Error {
  constructor(
    readonly status: number,
    body: unknown,
  ) {
    super(`${status} ${JSON.stringify(body)}`);
  }
}

/** Ana's Drive in a sandbox of its own, with the APIs of the editors. */
export async function linkedDocuments() {
  const sandbox = await startSandbox({ accounts: [ANA, 'ben@example.com'], port: 0 });
  const control = new SandboxClient(sandbox.url);
  const { access_token: token } = await control.tokens(ANA);

  async function call<T extends object = Json>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(sandbox.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const json: unknown = await response.json();
    if (!response.ok) throw new RefusedCall(response.status, json);
    return json as T;
  }

  return {
    control,
    call,
    close: () => sandbox.close(),
    /** Fills the Drive from the preset `linked`. @returns ids by name */
    async fill(): Promise<ReadonlyMap<string, string>> {
      await control.fill(ANA, 'linked');
      return new Map((await control.tree(ANA)).map(({ name, id }) => [name, id]));
    },
    /** Creates a document from a description of the sandbox. @returns its id */
    async create(name: string, described: object): Promise<string> {
      return (await call<{ id: string }>('POST', '/__sandbox/documents', { account: ANA, name, ...described })).id;
    },
    async copy(id: string): Promise<string> {
      return (await call<{ id: string }>('POST', `/drive/v3/files/${id}/copy`, {})).id;
    },
    /** Copies every file of the preset. @returns the ids of the copies, and made-up ones for folders, by those of the originals */
    async copyAll(): Promise<ReadonlyMap<string, string>> {
      const copies = new Map<string, string>();
      for (const { id, mimeType } of await control.tree(ANA)) {
        if (/\.(shortcut|form)$/.test(mimeType)) continue;
        copies.set(
          id,
          mimeType.endsWith('.folder') ? `1${'FolderCopy'.repeat(9)}`.slice(0, id.length) : await this.copy(id),
        );
      }
      return copies;
    },
  };
}
export type LinkedDocuments = Awaited<ReturnType<typeof linkedDocuments>>;

/**
 * What a document should be after its links were rewritten: the same JSON, with other addresses in the fields that Google
 * describes as addresses or texts. Knows neither places nor requests.
 * @param ignored fields that Google sets itself
 */
export function withNewAddresses(
  json: unknown,
  copies: ReadonlyMap<string, string>,
  ignored: readonly string[],
): unknown {
  const newIdOf = (id: string) => copies.get(id);
  return visit(json, '');

  function visit(value: unknown, name: string): unknown {
    if (typeof value === 'string') {
      if (name === 'url' || name === 'uri' || name === 'hyperlink') return replaceAddress(value, newIdOf);
      const text = TEXTS.has(name) ? replaceAddresses(value, newIdOf) : value;
      const imported = /(IMPORTRANGE\(")([\w-]+)(?=")/g;
      return name === 'formulaValue'
        ? text.replace(imported, (_, start: string, id: string) => start + (newIdOf(id) ?? id))
        : text;
    }
    if (Array.isArray(value)) return joined(value.map((each) => visit(each, name)));
    if (typeof value !== 'object' || value === null) return value;
    // Suggestions, charts and videos cannot be rewritten.
    if (Object.keys(value).some((key) => key.startsWith('suggested') && key !== 'suggestedTextStyleChanges'))
      return value;
    const entries = Object.entries(value).filter(([key]) => !ignored.includes(key));
    return Object.fromEntries(entries.map(([key, each]) => [key, key === 'video' ? each : visit(each, key)]));
  }
}

/** Adjacent runs with the same style are one run as soon as Google has written the text. */
function joined(elements: readonly unknown[]): unknown[] {
  const all: unknown[] = [];
  for (const element of elements) {
    const [before, run] = [all.at(-1), element].map(
      (each) => (each as { textRun?: { content: string } } | null)?.textRun,
    );
    const isSame =
      before && run && JSON.stringify({ ...before, content: '' }) === JSON.stringify({ ...run, content: '' });
    if (isSame && !before.content.endsWith('\n'))
      all[all.length - 1] = { textRun: { ...run, content: before.content + run.content } };
    else all.push(element);
  }
  return all;
}

const TEXTS: ReadonlySet<string> = new Set(['content', 'stringValue', 'formulaValue', 'note', 'formattedValue']);

/** The JSON without fields that Google sets itself. */
export const withoutFields = (json: unknown, ignored: readonly string[]): unknown =>
  withNewAddresses(json, new Map(), ignored);
