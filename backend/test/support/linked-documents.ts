import { SandboxClient, startSandbox } from '@cloudmover/drive-sandbox';
import { GoogleClient } from '../../src/adapters/google/google-client.js';
import { GoogleDocuments } from '../../src/adapters/google/google-documents.js';
import { MAX_REQUESTS } from '../../src/adapters/google/links/batch-update.js';
import { type GoogleDocument, linksInDocument } from '../../src/adapters/google/links/docs-links.js';
import { type GoogleSpreadsheet, linksInSpreadsheet } from '../../src/adapters/google/links/sheets-links.js';
import { type GooglePresentation, linksInPresentation } from '../../src/adapters/google/links/slides-links.js';
import { planRewrite } from '../../src/engine/links/document-links.js';
import { type NewId, replaceAddress, replaceAddresses } from '../../src/engine/links/drive-addresses.js';
import { AccessTokens } from '../../src/session/credentials.port.js';

export const rewriteDocument = (document: GoogleDocument, newIdOf: NewId) =>
  planRewrite(linksInDocument(document), newIdOf, MAX_REQUESTS);
export const rewritePresentation = (presentation: GooglePresentation, newIdOf: NewId) =>
  planRewrite([...linksInPresentation(presentation)], newIdOf, MAX_REQUESTS);
export const rewriteSpreadsheet = (spreadsheet: GoogleSpreadsheet, newIdOf: NewId) =>
  planRewrite([...linksInSpreadsheet(spreadsheet)], newIdOf, MAX_REQUESTS);

export const ANA = 'ana@example.com';
export const BEN = 'ben@example.com';

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
  const sandbox = await startSandbox({ accounts: [ANA, BEN], port: 0 });
  const control = new SandboxClient(sandbox.url);
  const { access_token: token } = await control.tokens(ANA);

  async function call<T extends object = Json>(
    method: string,
    path: string,
    body?: object,
    authorization = token,
  ): Promise<T> {
    const response = await fetch(sandbox.url + path, {
      method,
      headers: { authorization: `Bearer ${authorization}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const json: unknown = response.status === 204 ? {} : await response.json();
    if (!response.ok) throw new RefusedCall(response.status, json);
    return json as T;
  }

  class Tokens extends AccessTokens {
    override accessToken = () => Promise.resolve(token);
  }
  const client = new GoogleClient(new Tokens(), { apiRoot: sandbox.url, attempts: 3, backoffMs: 1 });

  return {
    control,
    call,
    /** @param credentialId each has a pace of its own */
    documents: (credentialId = ANA) => new GoogleDocuments(client, { credentialId, side: 'destination' }),
    async close(): Promise<void> {
      await client.close();
      await sandbox.close();
    },
    /** Fills the Drive from the preset `linked`. @returns ids by name */
    async fill(): Promise<ReadonlyMap<string, string>> {
      await control.fill(ANA, 'linked');
      return new Map((await control.tree(ANA)).map(({ name, id }) => [name, id]));
    },
    /** Creates a document from a description of the sandbox. @returns its id */
    async create(name: string, described: object): Promise<string> {
      return (await call<{ id: string }>('POST', '/__sandbox/documents', { account: ANA, name, ...described })).id;
    },
    /** Creates a document of Ben that Ana may only read. @returns its id */
    async createShared(name: string, described: object): Promise<string> {
      const { id } = await call<{ id: string }>('POST', '/__sandbox/documents', { account: BEN, name, ...described });
      const { access_token: bens } = await control.tokens(BEN);
      const reader = { type: 'user', role: 'reader', emailAddress: ANA };
      await call('POST', `/drive/v3/files/${id}/permissions?sendNotificationEmail=false`, reader, bens);
      return id;
    },
    /** With open comments and suggestions, as CloudMover copies documents. */
    async copy(id: string): Promise<string> {
      return (await call<{ id: string }>('POST', `/drive/v3/files/${id}/copy?copyComments=true`, {})).id;
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
