import { DocumentRefusedError } from '../../src/engine/errors.js';
import { type LinkGroup, linkGroup, planRewrite } from '../../src/engine/links/document-links.js';
import { changesIn, findAddresses, type TextChange, withChanges } from '../../src/engine/links/drive-addresses.js';
import type { DocumentKind } from '../../src/engine/model/links.js';
import type { Documents, LinkedDocument } from '../../src/engine/ports/documents.js';

/** Before an address that Google's API only reads. */
const FIXED = 'chart:';

interface StoredDocument {
  readonly mimeType: string;
  readonly content: Buffer;
  /** Increases with each change of the content. */
  readonly revision: number;
  readonly restrictions: { readonly lock?: unknown };
}

/** Where the documents are. */
interface Store<Item extends StoredDocument> {
  readonly items: ReadonlyMap<string, Item>;
  canRead(item: Item, account: string): boolean;
  canWrite(item: Item, account: string): boolean;
  isTrashed(item: Item): boolean;
  isUnchanging(item: Item): boolean;
  edit(id: string, parts: { readonly content: Buffer; readonly modifiedTime: string }): void;
  afterWrite(op: string, id: string, account: string): void | Promise<void>;
}

/** The documents of an account: each is a text, of which each address is a link. */
export class InMemoryDocuments<Item extends StoredDocument> implements Documents {
  constructor(
    private readonly google: Store<Item>,
    private readonly account: string,
    private readonly called: (op: string, id: string) => Promise<void>,
  ) {}

  async read(id: string, kind: DocumentKind): Promise<LinkedDocument> {
    await this.called('readDocument', id);
    if (!this.visible(id).mimeType.endsWith(`.${kind}`)) throw new DocumentRefusedError('refused');
    return this.linked(id);
  }

  private linked(id: string): LinkedDocument {
    const { revision, content } = this.visible(id);
    const text = content.toString();
    const groups = groupsIn(text);
    const planOf = (newIdOf: (sourceId: string) => string | undefined) => planRewrite(groups, newIdOf, Infinity);
    return {
      links: groups.flatMap(({ links }) => links),
      plan: (newIdOf) => planOf(newIdOf).links,
      rewrite: async (newIdOf) => {
        // Planned from the end of the text backwards.
        const changes = planOf(newIdOf)
          .batches.flat()
          .sort((one, other) => one.start - other.start);
        if (changes.length === 0) return this.linked(id);
        await this.called('writeDocument', id);
        const item = this.visible(id);
        if (!this.google.canWrite(item, this.account)) throw new DocumentRefusedError('no_edit_right');
        if (item.restrictions.lock) throw new DocumentRefusedError('document_locked');
        if (item.revision !== revision) throw new DocumentRefusedError('edited_meanwhile');
        if (!this.google.isUnchanging(item))
          this.google.edit(id, {
            content: Buffer.from(withChanges(text, changes)),
            modifiedTime: new Date().toISOString(),
          });
        await this.google.afterWrite('writeDocument', id, this.account);
        return this.linked(id);
      },
    };
  }

  private visible(id: string) {
    const item = this.google.items.get(id);
    if (!item || !this.google.canRead(item, this.account) || this.google.isTrashed(item))
      throw new DocumentRefusedError('document_missing');
    return item;
  }
}

function groupsIn(text: string): LinkGroup<TextChange>[] {
  return findAddresses(text).map((address) => {
    const place = { holder: 'text', part: 'body', container: 'Tab 1', label: '' } as const;
    const link = { place, text: text.slice(address.start, address.end), address };
    return text.slice(0, address.start).endsWith(FIXED)
      ? linkGroup<TextChange>({ ...link, unsupported: 'linked_chart' })
      : linkGroup<TextChange>(link, (newId) => changesIn([address], () => newId));
  });
}
