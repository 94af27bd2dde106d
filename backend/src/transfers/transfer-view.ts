import { type ItemRecord, type Ledger, TERMINAL_STATES, type TransferState } from '../engine/ports/ledger.js';
import { NOT_CARRIED, reasonOf } from '../engine/reasons.js';
import type { ItemDto, TransferDto } from './transfers.dto.js';

/** Where a transfer can be canceled; once it is finishing, everything is copied. */
export const CANCELABLE: readonly TransferState[] = ['planning', 'running', 'waiting_quota', 'needs_reconnect'];
/** An estimate from less than this is a guess, and is not shown. */
const ETA_AFTER_SECONDS = 5;

/** A transfer as the API answers it. */
export async function transferView(ledger: Ledger): Promise<TransferDto> {
  const { order } = ledger;
  const snapshot = await ledger.snapshot();
  const { counts, bytes, state } = snapshot;
  const iso = (epochMs: number) => new Date(epochMs).toISOString();
  return {
    id: order.id,
    state,
    mode: order.mode,
    createdAt: iso(order.createdAt),
    ...(snapshot.startedAt && { startedAt: iso(snapshot.startedAt) }),
    ...(snapshot.finishedAt && { finishedAt: iso(snapshot.finishedAt) }),
    source: { email: order.source.email, name: order.source.name },
    destination: { email: order.destination.email, name: order.destination.name },
    target: {
      folderId: order.target.folderId,
      ...(snapshot.targetName !== undefined && { folderName: snapshot.targetName }),
      ...(order.target.newFolderName && { newFolderName: order.target.newFolderName }),
      ...(snapshot.resultFolderId && { resultFolderId: snapshot.resultFolderId }),
    },
    selection: { count: order.items.length, names: [...snapshot.names] },
    counts: {
      found: snapshot.found,
      verified: counts.verified,
      unverified: counts.unverified,
      failed: counts.failed,
      skipped: counts.skipped,
      checking: counts.checking,
      copying: counts.copying,
      waiting: counts.waiting,
    },
    bytes: { ...bytes },
    ...(order.mode === 'move' && { originals: { ...snapshot.originals } }),
    rate: TERMINAL_STATES.includes(state) ? { itemsPerSecond: 0, bytesPerSecond: 0 } : { ...snapshot.rate },
    etaSeconds: etaOf(snapshot),
    ways: { serverCopy: snapshot.ways.server_copy, relay: snapshot.ways.relay, created: snapshot.ways.created },
    failureGroups: Object.entries(snapshot.failures)
      .map(([code, count]) => ({ code, count, ...reasonOf(code) }))
      .sort((a, b) => b.count - a.count),
    grants: { ...snapshot.grants },
    verification: { ...snapshot.verification },
    ...(snapshot.parked && {
      parked: {
        side: snapshot.parked.side,
        account: order[snapshot.parked.side].email,
        since: iso(snapshot.parked.since),
      },
    }),
    ...(snapshot.resumeAt && { resumeAt: iso(snapshot.resumeAt) }),
    ...(snapshot.problem && { problem: { ...snapshot.problem, title: reasonOf(snapshot.problem.code).title } }),
    notCarried: [...NOT_CARRIED],
    allowedActions: [
      ...(CANCELABLE.includes(state) ? (['cancel'] as const) : []),
      ...(state === 'needs_reconnect' ? (['reconnect'] as const) : []),
      'report',
    ],
    revision: snapshot.revision,
  };
}

/** The slower of two answers: at the rate of items, and at the rate of bytes. */
function etaOf({ state, startedAt, counts, bytes, rate }: Awaited<ReturnType<Ledger['snapshot']>>): number | null {
  if (state !== 'running' || !startedAt || Date.now() - startedAt < ETA_AFTER_SECONDS * 1_000) return null;
  const itemsLeft = counts.waiting + counts.copying + counts.checking;
  const bytesLeft = Math.max(0, bytes.found - bytes.verified - bytes.copying);
  if (rate.itemsPerSecond === 0 && rate.bytesPerSecond === 0) return null;
  const byItems = rate.itemsPerSecond > 0 ? itemsLeft / rate.itemsPerSecond : 0;
  const byBytes = rate.bytesPerSecond > 0 ? bytesLeft / rate.bytesPerSecond : 0;
  return Math.ceil(Math.max(byItems, byBytes));
}

/** An item as the API answers it. */
export function itemView({ outcome, ...item }: ItemRecord): ItemDto {
  return {
    ordinal: item.ordinal,
    path: item.path,
    name: item.name,
    kind: item.kind,
    mimeType: item.mimeType,
    size: item.size,
    sourceId: item.sourceId,
    ...(outcome.destinationId && { destinationId: outcome.destinationId }),
    state: item.state,
    ...(outcome.original && { original: outcome.original }),
    ...(outcome.way && { way: outcome.way }),
    ...(outcome.code && { code: outcome.code }),
    ...((outcome.reason ?? outcome.originalReason) && { reason: outcome.reason ?? outcome.originalReason }),
    ...(outcome.checksum && { checksum: { ...outcome.checksum } }),
    attempts: item.attempts,
    ...(outcome.webViewLink && { webViewLink: outcome.webViewLink }),
  };
}
