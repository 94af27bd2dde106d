import type { Outcome } from '../../../engine/model/items.js';
import { plain, script } from '../lua.js';
import { type LedgerContext, SharedTexts } from './ledger-context.js';
import { ID_IN_LINK, refsIn, type TextRef } from './ledger-outcomes.js';
import { KEEP } from './lua-parts.js';

/** Maximum number of shared texts; further ones are stored with each item. */
const MAX_TEXTS = 2_000;

export const TEXT_SCRIPTS = {
  /** Returns the numbers of texts in the list; -1 if the list is full. */
  texts: script('cmTexts', {
    keys: ['main', 'texts'],
    columns: ['text'],
    parts: [KEEP],
    reply: plain<number[]>(),
    lua: `
local numbers = {}
for text in rows() do
  local number = redis.call('HGET', texts, text)
  if not number then
    number = redis.call('HLEN', texts)
    if number < ${MAX_TEXTS} then redis.call('HSET', texts, text, number) else number = -1 end
  end
  numbers[#numbers + 1] = tonumber(number)
end
keep(texts)
return numbers`,
  }),
  /** Stores the web link of the copies of a MIME type, unless there is one. Returns the stored one. */
  link: script('cmLink', {
    keys: ['main', 'links'],
    args: { mimeType: 'text', link: 'text' },
    parts: [KEEP],
    reply: plain<string>(),
    lua: `
redis.call('HSETNX', links, mimeType, link)
local stored = redis.call('HGET', links, mimeType)
keep(links)
return stored`,
  }),
};

/** The texts that outcomes of many items share: reasons, and the pattern of web links. */
export class LedgerTexts {
  constructor(private readonly ledger: LedgerContext) {}

  /** The numbers of texts in the list of this transfer. */
  async refsOf(texts: readonly string[]): Promise<ReadonlyMap<string, TextRef>> {
    const shared = this.shared();
    const missing = shared.full ? [] : texts.filter((text) => !shared.refs.has(text));
    if (missing.length > 0) {
      const numbers = await this.ledger.run(TEXT_SCRIPTS.texts, { rows: missing.map((text) => ({ text })) });
      for (const [index, number] of numbers.entries())
        if (number < 0) shared.full = true;
        else shared.add(missing[index]!, number);
    }
    return shared.refs;
  }

  /** The list, with all texts that the entries refer to. */
  async listFor(entries: readonly string[]): Promise<readonly string[]> {
    const shared = this.shared();
    if (entries.some((entry) => refsIn(entry).some((ref) => shared.list[ref] === undefined)))
      for (const [text, number] of Object.entries(await this.ledger.redis.hgetall(this.ledger.keys.texts)))
        shared.add(text, Number(number));
    return shared.list;
  }

  private shared(): SharedTexts {
    const { cache, creation } = this.ledger;
    const shared = cache.texts.get(creation) ?? new SharedTexts();
    cache.texts.set(creation, shared);
    return shared;
  }

  /** The pattern of web links for copies of a MIME type, which the first copy sets. */
  async linkOf(mimeType: string, { destinationId, webViewLink }: Outcome): Promise<string> {
    const links = await this.links(new Set());
    const known = links.get(mimeType);
    if (known !== undefined) return known;
    const pattern =
      destinationId && webViewLink?.includes(destinationId) ? webViewLink.replace(destinationId, ID_IN_LINK) : '';
    const link = await this.ledger.run(TEXT_SCRIPTS.link, { mimeType, link: pattern });
    links.set(mimeType, link);
    return link;
  }

  /** Patterns of web links for those of these MIME types that have one. */
  async links(mimeTypes: ReadonlySet<string>): Promise<Map<string, string>> {
    const { cache, creation, redis, keys } = this.ledger;
    const links = cache.links.get(creation) ?? new Map<string, string>();
    cache.links.set(creation, links);
    if ([...mimeTypes].some((mimeType) => !links.has(mimeType)))
      for (const [mimeType, link] of Object.entries(await redis.hgetall(keys.links))) links.set(mimeType, link);
    return links;
  }
}
