import { Injectable, type StreamableFile } from '@nestjs/common';
import { accessCsv } from '../engine/access-report.js';
import { mapCsv } from '../engine/id-map.js';
import { linksCsv } from '../engine/links-report.js';
import type { ItemRecord } from '../engine/model/items.js';
import { recordsIn, recordsOf } from '../engine/model/records.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { reportBody, reportCsv } from '../engine/report.js';
import { usageCsv } from '../engine/usage-report.js';
import { downloadOf } from '../http/downloads.js';
import { pageOf, type ShortListQueryDto } from '../http/page-query.dto.js';
import type { Session } from '../session/session.port.js';
import { accessPage, outcomesOf, peoplePage, usageByLine } from './access-view.js';
import { ItemNotFoundError } from './errors.js';
import type { ItemDto, ItemListDto, ItemListQueryDto } from './items.dto.js';
import { KeptByRevision } from './kept-by-revision.js';
import type { LinkListDto, LinkListQueryDto } from './links.dto.js';
import { linksPage } from './links-view.js';
import type { AccessListDto, PeopleListDto, PeopleQueryDto, TransferAccessQueryDto } from './sharing.dto.js';
import { TransferLookup } from './transfer-lookup.js';
import { eventView, itemViews } from './transfer-view.js';
import type { TransferLogDto } from './transfers.dto.js';

/** Maximum number of records that one request for items reads. */
const MAX_ITEMS_READ = 20_000;
/** The CSV files beside the report, by the end of their name. */
const CSV_FILES = { access: accessCsv, links: linksCsv, map: mapCsv, usage: usageCsv };
/** States of items that have a reason. */
const WITH_REASON = ['failed', 'unverified', 'skipped'] as const;

/** What a transfer recorded, for its two accounts: items, access, links, people, log and report. */
@Injectable()
export class TransferContents {
  private readonly outcomes = new KeptByRevision(outcomesOf);
  private readonly usage = new KeptByRevision(usageByLine);

  constructor(private readonly lookup: TransferLookup) {}

  /** Items in the order of the plan. With a state, reads only items in that state. */
  async items(id: string, callers: readonly Session[], query: ItemListQueryDto): Promise<ItemListDto> {
    const ledger = await this.lookup.find(id, callers);
    if (query.state === 'checking') return { items: [] };
    const text = query.q?.toLowerCase();
    const isWanted = (item: ItemRecord) =>
      (!query.state || item.state === query.state) &&
      (!query.reason || item.outcome.code === query.reason) &&
      (!text || item.path.toLowerCase().includes(text));
    const from = Number(query.cursor ?? 0);
    const states = query.state ? [query.state] : query.reason ? WITH_REASON : undefined;
    const items: ItemRecord[] = [];
    let read = 0;
    for await (const item of states ? recordsIn(ledger, states, from) : recordsOf(ledger, undefined, from)) {
      if (items.length === query.limit || read++ >= MAX_ITEMS_READ)
        return { items: await itemViews(ledger, items), nextCursor: String(item.ordinal) };
      if (isWanted(item)) items.push(item);
    }
    return { items: await itemViews(ledger, items) };
  }

  /** @throws TransferNotFoundError · ItemNotFoundError */
  async item(id: string, callers: readonly Session[], ordinal: string): Promise<ItemDto> {
    const ledger = await this.lookup.find(id, callers);
    const number = /^\d{1,15}$/.test(ordinal) ? Number(ordinal) : NaN;
    const item = Number.isNaN(number) ? undefined : await ledger.item(number);
    if (!item) throw new ItemNotFoundError(number);
    return (await itemViews(ledger, [item]))[0]!;
  }

  /** Who can open the originals and the copies. @throws TransferNotFoundError */
  async access(id: string, callers: readonly Session[], query: TransferAccessQueryDto): Promise<AccessListDto> {
    const ledger = await this.lookup.find(id, callers);
    return accessPage(ledger, query, await this.outcomes.of(ledger));
  }

  /** Links in the copied documents. @throws TransferNotFoundError */
  async links(id: string, callers: readonly Session[], query: LinkListQueryDto): Promise<LinkListDto> {
    return linksPage(await this.lookup.find(id, callers), query);
  }

  /** A CSV file beside the report as a download. @throws TransferNotFoundError */
  async csv(id: string, callers: readonly Session[], name: keyof typeof CSV_FILES): Promise<StreamableFile> {
    const ledger = await this.lookup.find(id, callers);
    return downloadOf(CSV_FILES[name](ledger), 'text/csv', `cloudmover-${id}-${name}.csv`);
  }

  /** The people map, in the order of its lines. @throws TransferNotFoundError */
  async people(id: string, callers: readonly Session[], query: PeopleQueryDto): Promise<PeopleListDto> {
    const ledger = await this.lookup.find(id, callers);
    return peoplePage(ledger, query, await this.usage.of(ledger));
  }

  async log(id: string, callers: readonly Session[], query: ShortListQueryDto): Promise<TransferLogDto> {
    const ledger = await this.lookup.find(id, callers);
    const { page, next } = pageOf((await ledger.events()).flatMap(eventView), query);
    return { events: page, ...next };
  }

  /** The report as a download. @throws TransferNotFoundError */
  async report(id: string, callers: readonly Session[], format: 'json' | 'csv'): Promise<StreamableFile> {
    const ledger = await this.lookup.find(id, callers);
    const type = format === 'csv' ? 'text/csv' : 'application/json';
    return downloadOf(this.reportText(ledger, format), type, `cloudmover-${id}.${format}`);
  }

  private async *reportText(ledger: Ledger, format: 'json' | 'csv'): AsyncGenerator<string> {
    if (format === 'csv') {
      yield* reportCsv(ledger);
      return;
    }
    const transfer = await this.lookup.concluded(ledger);
    // On one line: the fingerprint covers everything after the first line.
    yield `{"generatedAt":${JSON.stringify(new Date().toISOString())},"transfer":${JSON.stringify(transfer)},\n`;
    yield* reportBody(ledger, await ledger.snapshot());
  }
}
