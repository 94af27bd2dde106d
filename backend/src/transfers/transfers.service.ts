import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DriveError } from '../engine/errors.js';
import type { ItemRecord, Ledger, TransferOrder } from '../engine/ports/ledger.js';
import { TERMINAL_STATES } from '../engine/ports/ledger.js';
import { recordsOf } from '../engine/finish.js';
import { reportCsv } from '../engine/report.js';
import { DRIVE_SCOPE, type Session } from '../session/session.port.js';
import { digest, newToken } from '../session/token.js';
import {
  FileNotTransferredError,
  IdempotencyConflictError,
  TransferNotFoundError,
  TransferStateError,
} from './errors.js';
import { TransferStore } from './transfer-store.port.js';
import { CANCELABLE, itemView, transferView } from './transfer-view.js';
import type {
  ItemListDto,
  ItemListQueryDto,
  TransferCreateDto,
  TransferDto,
  TransferFileResponseDto,
  TransferListDto,
} from './transfers.dto.js';
import { TransferQueue } from './transfers.queue.js';

/** Looks of a waiting request at its transfer. */
const POLL_MS = 150;

/** Starts, shows and steers transfers for the two accounts they belong to. */
@Injectable()
export class TransfersService {
  constructor(
    private readonly transfers: TransferStore,
    private readonly queue: TransferQueue,
  ) {}

  /**
   * Writes a transfer down and queues its first step.
   * @param idempotencyKey the same key with the same request answers the same transfer
   * @throws IdempotencyConflictError · DriveError `scope_missing` for a move from a source that may only be read
   */
  async create(
    request: Pick<TransferCreateDto, 'items' | 'target' | 'mode'>,
    source: Session,
    destination: Session,
    idempotencyKey?: string,
  ): Promise<Ledger> {
    const party = partyOf(source);
    if (request.mode === 'move' && party.readOnly)
      throw new DriveError(
        'scope_missing',
        'The source was connected for reading only, and a move puts its originals into the trash. Copy instead, or connect the source again with full access.',
        { side: 'source' },
      );
    const order: TransferOrder = {
      id: newToken().slice(0, 22),
      mode: request.mode,
      items: request.items,
      target: {
        folderId: request.target.folderId,
        ...(request.target.newFolderName && { newFolderName: request.target.newFolderName }),
      },
      source: party,
      destination: partyOf(destination),
      createdAt: Date.now(),
    };
    const { ledger, outcome } = await this.transfers.create(
      order,
      idempotencyKey === undefined
        ? undefined
        : {
            key: digest(JSON.stringify([source.account.sub, destination.account.sub, idempotencyKey])),
            digest: digest(JSON.stringify([order.mode, order.items, order.target])),
          },
    );
    if (outcome === 'conflict') throw new IdempotencyConflictError();
    // Also for a repeated request: the first one may have died before this line.
    if ((await ledger.state()) === 'planning') await this.queue.plan(ledger.order.id);
    return ledger;
  }

  /** @throws TransferNotFoundError also for other people's transfers */
  async find(id: string, callers: readonly Session[]): Promise<Ledger> {
    const ledger = await this.transfers.find(id);
    const parties = ledger && [ledger.order.source.sub, ledger.order.destination.sub];
    if (!parties || !callers.some(({ account }) => parties.includes(account.sub))) throw new TransferNotFoundError(id);
    return ledger;
  }

  async list(callers: readonly Session[], limit: number, cursor?: string): Promise<TransferListDto> {
    const subs = callers.map(({ account }) => account.sub);
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
    const page = await this.transfers.list(subs, before, limit);
    const ledgers = await Promise.all(page.map(({ id }) => this.transfers.find(id)));
    const last = page.at(-1);
    return {
      transfers: await Promise.all(ledgers.flatMap((ledger) => (ledger ? transferView(ledger) : []))),
      ...(page.length === limit && last && { nextCursor: String(last.createdAt) }),
    };
  }

  /** @throws TransferStateError when it ended, or is ending */
  async cancel(ledger: Ledger): Promise<TransferDto> {
    const state = await ledger.state();
    if (state !== 'canceling' && state !== 'canceled') {
      if (!(await ledger.advance(CANCELABLE, 'canceling')))
        throw new TransferStateError('canceled', await ledger.state());
      await this.queue.finish(ledger.order.id);
    }
    return transferView(ledger);
  }

  /** Items in the order of the plan; a filter is applied page by page. */
  async items(ledger: Ledger, query: ItemListQueryDto): Promise<ItemListDto> {
    const wanted = query.q?.toLowerCase();
    const matches = (item: ItemRecord) =>
      (!query.state || item.state === query.state) &&
      (!query.reason || item.outcome.code === query.reason) &&
      (!wanted || item.path.toLowerCase().includes(wanted));
    const from = Number(query.cursor ?? 0);
    const items: ItemRecord[] = [];
    for await (const item of recordsOf(ledger, matches, from)) {
      if (items.length === query.limit) return { items: items.map(itemView), nextCursor: String(item.ordinal) };
      items.push(item);
    }
    return { items: items.map(itemView) };
  }

  /** The report in pieces, so that one of a million items needs no memory. */
  async *report(ledger: Ledger, format: 'json' | 'csv'): AsyncGenerator<string> {
    if (format === 'csv') {
      yield* reportCsv(ledger);
      return;
    }
    const transfer = await transferView(ledger);
    yield `{"generatedAt":${JSON.stringify(new Date().toISOString())},"transfer":${JSON.stringify(transfer)},"items":[`;
    let separator = '\n';
    for await (const item of recordsOf(ledger)) {
      yield separator + JSON.stringify(itemView(item));
      separator = ',\n';
    }
    yield '\n]}\n';
  }

  /** The transfer now, then at each change, at most once in `everyMs`, to its end. */
  async *changes(ledger: Ledger, everyMs: number, signal: AbortSignal): AsyncGenerator<TransferDto> {
    for (let revision = -1; ; await delay(everyMs, undefined, { signal })) {
      const transfer = await transferView(ledger);
      if (transfer.revision === revision) continue;
      revision = transfer.revision;
      yield transfer;
      if (TERMINAL_STATES.includes(transfer.state)) return;
    }
  }

  /**
   * Waits for a transfer of one item.
   * @returns its result, or undefined when it goes on after `boundMs`
   * @throws FileNotTransferredError · DriveError `not_found`
   */
  async waitForFile(ledger: Ledger, boundMs: number): Promise<TransferFileResponseDto | undefined> {
    for (const end = Date.now() + boundMs; Date.now() < end; await delay(POLL_MS)) {
      const state = await ledger.state();
      if (!TERMINAL_STATES.includes(state)) continue;
      const { problem } = await ledger.snapshot();
      const item = await ledger.item(0);
      const done = item?.state === 'verified' || item?.state === 'unverified';
      if (problem?.code === 'not_found') throw new DriveError('not_found', problem.detail);
      if (problem || !item || !done)
        throw new FileNotTransferredError(
          ledger.order.id,
          problem?.detail ?? item?.outcome.reason ?? 'It was canceled.',
        );
      const { outcome } = item;
      return {
        transferId: ledger.order.id,
        state,
        file: {
          id: outcome.destinationId!,
          name: item.name,
          mimeType: item.mimeType,
          size: item.size,
          ...(item.checksums.md5 && { md5Checksum: item.checksums.md5 }),
          ...(outcome.webViewLink && { webViewLink: outcome.webViewLink }),
        },
        originalTrashed: outcome.original === 'trashed',
      };
    }
    return undefined;
  }
}

function partyOf({ account, grantId, scopes }: Session): TransferOrder['source'] {
  return {
    sub: account.sub,
    email: account.email,
    name: account.name,
    grantId,
    readOnly: !scopes.includes(DRIVE_SCOPE),
  };
}
