import { SIDES } from '../../src/engine/errors.js';
import type { CopyMethod, ItemRecord, ItemState, Outcome, PlannedItem } from '../../src/engine/model/items.js';
import {
  DOCUMENT_KINDS,
  type DocumentRecord,
  LINK_CODES,
  LINK_OUTCOMES,
  LINK_REASON_CODES,
  type LinkRecord,
} from '../../src/engine/model/links.js';
import type { TransferState } from '../../src/engine/model/states.js';
import type { Ledger } from '../../src/engine/ports/ledger.js';
import { aPlannedItem } from '../support/builders.js';
import { InMemoryLedger } from '../support/in-memory-ledger.js';
import { anOrder } from '../support/run-transfer.js';
import { aTransferStore } from '../support/transfer-store.js';

// For random sequences of calls, the ledger in Redis, used by two processes alternately, returns the same as the simple
// one in memory. `LEDGER_SEEDS=7,8` runs other sequences.

const SEEDS = (process.env['LEDGER_SEEDS'] ?? '1,2,3,4').split(',').map(Number);
const STEPS = 400;
/** Slightly more than a page. */
const ITEMS = 1_030;

const CODES = ['google_unavailable', 'canceled', 'not_found', 'conversion_needed', undefined] as const;
const WAYS: (CopyMethod | undefined)[] = ['server_copy', 'relay', 'export', 'created', 'merged', undefined];
const STATES: ItemState[] = ['verified', 'verified', 'verified', 'unverified', 'skipped', 'failed'];
const RUNNING: TransferState[] = ['running', 'running', 'finishing', 'updating', 'canceling', 'completed', 'pausing'];

const FILTERS = [...LINK_OUTCOMES, 'unread', undefined] as const;

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const [one, other] = [aTransferStore(), aTransferStore()];
afterAll(() => {
  for (const { close } of [one, other]) close();
});

it.each(SEEDS)('behaves the same in Redis as in memory, seed %i', async (seed) => {
  const random = randomOf(seed);
  const below = (most: number) => Math.floor(random() * most);
  const pick = <Value>(values: readonly Value[]) => values[below(values.length)]!;
  const maybe = <Value>(value: Value) => (random() < 0.5 ? value : undefined);
  const text = (length: number) => Array.from({ length }, () => pick([...'abcXYZ019-_'])).join('');

  const party = (name: string) => ({ sub: `${name}-${seed}`, email: `${name}@example.com`, readOnly: false });
  const order = anOrder(party('ana'), party('ben'), ['a'], { links: 'rewrite' });
  const model = new InMemoryLedger(order);
  const first = (await one.store.create(order)).ledger;
  const second = (await other.store.find(order.id))!;

  const planned = (ordinal: number): PlannedItem => {
    const kind = pick(['file', 'file', 'file', 'google', 'folder', 'shortcut'] as const);
    const parent = ordinal > 0 ? below(ordinal) : null;
    const name = text(1 + below(8));
    return aPlannedItem(ordinal, {
      parent,
      top: parent === null ? ordinal : 0,
      depth: parent === null ? 0 : 1 + (parent % 3),
      path: parent === null ? name : `folder ${parent}/${name}`,
      sourceId: text(12) + String(ordinal),
      name,
      mimeType: kind === 'file' ? pick(['text/plain', 'image/png']) : `application/vnd.google-apps.${kind}`,
      kind,
      size: kind === 'file' ? below(1_000) : null,
      checksums: kind === 'file' ? { md5: 'abc', ...(random() < 0.7 && { sha256: 'def' }) } : {},
      ...(random() < 0.5 && { modifiedTime: new Date(below(2e9) * 1_000).toISOString() }),
      ...(random() < 0.1 && { description: text(5) }),
      canCopy: random() < 0.9,
      ...(random() < 0.1 && { barrier: 'sharing_refused' as const }),
      ...(random() < 0.1 && { comparedAt: below(2e9) * 1_000 }),
    });
  };
  const outcomeOf = (item: ItemRecord, reserved: string | undefined): Outcome => {
    const destinationId = random() < 0.8 ? (reserved ?? text(10)) : maybe(text(10));
    const sum = item.checksums.sha256 ?? text(3);
    const values: { [Field in keyof Outcome]: Outcome[Field] | undefined } = {
      destinationId,
      way: pick(WAYS),
      code: pick(CODES),
      reason: maybe(pick(['gone', 'away', text(4)])),
      checksum: maybe({ kind: 'sha256', source: sum, destination: random() < 0.8 ? sum : 'xyz' }),
      original: random() < 0.1 ? pick(['trashed', 'kept'] as const) : undefined,
      webViewLink: maybe(`https://drive.google.com/${destinationId ?? 'none'}/${pick(['view', 'view', 'edit'])}`),
      lossy: random() < 0.1 ? ['comments', text(2)] : undefined,
    };
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  };

  const documentOf = (ordinal: number): DocumentRecord => {
    const base = { ordinal, copyId: text(5), kind: pick(DOCUMENT_KINDS) };
    if (random() < 0.2) return { ...base, state: 'unread', code: pick(LINK_CODES), links: [] };
    const links = Array.from({ length: below(4) }, (): LinkRecord => {
      const outcome = pick(LINK_OUTCOMES);
      const place = { holder: 'text', part: 'body', container: text(3), label: '' } as const;
      const hasCode = outcome === 'unsupported' || outcome === 'failed';
      return { place, text: text(20), outcome, ...(hasCode && { code: pick(LINK_REASON_CODES) }) };
    });
    return { ...base, state: pick(['done', 'writing']), links };
  };

  /** Makes a call on both ledgers; the results must be equal. */
  const both = async <Answer>(what: string, call: (ledger: Ledger) => Promise<Answer>): Promise<Answer> => {
    const [expected, answer] = [await call(model), await call(pick([first, second]))];
    expect([seed, what, answer]).toEqual([seed, what, expected]);
    return expected;
  };
  /** @param ranges of items, as [from, count] */
  const compare = async (ranges: readonly (readonly [from: number, count: number])[]) => {
    const ledger = pick([first, second]);
    const untimed = async (of: Ledger, range: (typeof ranges)[number]) =>
      (await of.items(...range)).map(({ triedAt, ...item }) => ({ ...item, tried: Boolean(triedAt) }));
    for (const range of ranges) expect(await untimed(ledger, range)).toEqual(await untimed(model, range));
    const all = Array.from({ length: ITEMS + 50 }, (_, ordinal) => ordinal);
    expect(await ledger.destinationIds(all)).toEqual(await model.destinationIds(all));
    const stateOf = async (of: Ledger) => {
      // Without values that depend on the clock.
      const { revision: _revision, rate: _rate, pace: _pace, activeMs: _active, ...timeless } = await of.snapshot();
      const { since, startedAt, beganAt, finishedAt, parked, withdrawn, ...rest } = timeless;
      return {
        ...rest,
        known: Boolean(since),
        started: Boolean(startedAt),
        began: beganAt === undefined ? 'never' : beganAt > 0,
        finished: Boolean(finishedAt),
        parked: parked?.side,
        withdrawn: Object.keys(withdrawn).sort(),
      };
    };
    expect(await stateOf(ledger)).toEqual(await stateOf(model));
    for (const question of ['openFiles', 'uploads', 'state'] as const)
      expect(await ledger[question]()).toEqual(await model[question]());
    expect(await ledger.foreseen(-1, ITEMS)).toEqual(await model.foreseen(-1, ITEMS));
    expect(await ledger.linkRecords(-1, ITEMS)).toEqual(await model.linkRecords(-1, ITEMS));
  };

  let newest = 0;
  const noted = async (plan: Promise<number | undefined>) => {
    newest = (await plan) ?? newest;
    return plan;
  };
  // A plan that starts twice, appended in parts, some of them repeated.
  for (const items of [100, ITEMS]) {
    const plan = await both('restartPlan', (ledger) => noted(ledger.restartPlan()));
    const all = Array.from({ length: items }, (_, ordinal) => planned(ordinal));
    for (let at = 0; at < items;) {
      const piece = all.slice(Math.max(0, at - below(3)), at + 1 + below(400));
      await both('append', (ledger) => ledger.append(piece, plan!));
      at = piece.at(-1)!.ordinal + 1;
    }
    await both('completePlan', async (ledger) => items === ITEMS && ledger.completePlan(plan!));
  }
  await both('start', (ledger) => ledger.advance(['ready'], 'running'));
  await compare([[0, ITEMS + 50]]);
  // Few items, on both pages, so that each gets many calls.
  const ordinals = [0, 1, 2, 3, 4, 5, 6, 7, 998, 999, 1_000, 1_001, 1_029, 1_500];

  for (let step = 1; step <= STEPS; step++) {
    const ordinal = pick(ordinals);
    const item = await model.item(ordinal);
    const outcome = item && outcomeOf(item, (await model.destinationIds([ordinal])).get(ordinal));
    const [id, state, now, reason] = [text(10), pick(STATES), planned(ordinal), maybe(pick(['edited', text(3)]))];
    const found = (await model.snapshot()).found;
    const document = documentOf(ordinal);
    const steps: [number, string, (ledger: Ledger) => Promise<unknown>][] = [
      [6, 'begin', (ledger) => ledger.begin(ordinal, step % 3 === 0)],
      [2, 'release', (ledger) => ledger.release(ordinal)],
      [2, 'progress', (ledger) => ledger.progress(ordinal, step)],
      [8, 'settle', async (ledger) => item && ledger.settle(item, state, outcome!)],
      [
        3,
        'revise',
        async (ledger) => item && ledger.revise(item, pickOf(step, ['verified', 'failed'] as const), state, outcome!),
      ],
      [2, 'settleOriginal', (ledger) => ledger.settleOriginal(ordinal, pickOf(step, ['trashed', 'kept']), reason)],
      [2, 'settleUndo', (ledger) => ledger.settleUndo(ordinal, pickOf(step, ['trashed', 'left']), reason)],
      [1, 'recordRestored', (ledger) => ledger.recordRestored(`r${ordinal}`)],
      [2, 'amend', async (ledger) => item && ledger.amend({ ...now, sourceId: item.sourceId, kind: item.kind })],
      [1, 'rename', (ledger) => ledger.rename(ordinal, id, newest - (step % 2))],
      [1, 'reopen', (ledger) => ledger.reopen(step % 2 ? ['not_found', 'internal'] : undefined)],
      [
        1,
        'reopen, to be converted',
        (ledger) => ledger.reopen(['conversion_needed'], { skipped: ['conversion_needed'], mayConvert: true }),
      ],
      [
        2,
        'reopenAs',
        async (ledger) =>
          item && ledger.reopenAs({ ...now, sourceId: item.sourceId, kind: item.kind }, step % 3 === 0 ? null : id),
      ],
      [
        2,
        'reserveIds',
        (ledger) =>
          ledger.reserveIds(ordinal >= 1_000 ? 1_000 : 0, [
            null,
            ...Array.from({ length: 29 }, (_, at) => `${id}${at}`),
          ]),
      ],
      [2, 'replaceId', (ledger) => ledger.replaceId(ordinal, id)],
      [1, 'replace', (ledger) => ledger.replace(ordinal, id, newest - (step % 2))],
      [
        1,
        'foresee',
        (ledger) => ledger.foresee(new Map([[ordinal, pickOf(step, ['lossy', 'not_copyable'])]]), newest - (step % 2)),
      ],
      [2, 'recordLinks', (ledger) => ledger.recordLinks(document)],
      [1, 'linkRecord', (ledger) => ledger.linkRecord(ordinal)],
      [1, 'linkRecords', (ledger) => ledger.linkRecords(ordinal - 1, 1 + (step % 7), pickOf(step, FILTERS))],
      [1, 'keepUpload', (ledger) => ledger.keepUpload(ordinal, `https://${id}`)],
      [1, 'dropUpload', (ledger) => ledger.dropUpload(ordinal)],
      [2, 'advance', (ledger) => ledger.advance(RUNNING, pickOf(step, RUNNING))],
      [1, 'park', (ledger) => ledger.park('needs_reconnect', { side: 'source' })],
      [2, 'resume', (ledger) => ledger.resume()],
      [2, 'resume of both', (ledger) => ledger.resume({ confirmed: SIDES })],
      [1, 'withdrawal', (ledger) => ledger.withdrawAccess(pickOf(step, SIDES), step % 5 === 0)],
      [
        1,
        'failed',
        (ledger) => ledger.advance(['running', 'finishing'], 'failed', { problem: { code: 'internal', detail: id } }),
      ],
      [2, 'again', (ledger) => ledger.advance(['failed', 'completed', 'canceling'], 'running')],
      [1, 'extendPlan', (ledger) => noted(ledger.extendPlan())],
      [
        1,
        'append',
        async (ledger) => ledger.append([{ ...now, ordinal: found, top: 0 }], (await noted(ledger.extendPlan())) ?? -1),
      ],
      [1, 'ordinals', (ledger) => ledger.ordinals([state, 'waiting'], ordinal, 1 + (step % 7))],
      [1, 'ordinalsOf', (ledger) => ledger.ordinalsOf(new Set([item?.sourceId ?? 'nobody', 'x']))],
      [1, 'item', (ledger) => ledger.item(ordinal)],
    ];
    const wheel = steps.flatMap(([weight, ...rest]) => Array.from({ length: weight }, () => rest));
    const [what, call] = pick(wheel);
    await both(`${step}: ${what} ${ordinal}`, call);
    // Compares the affected items often, all items at the end.
    if (step % 20 === 0)
      await compare([
        [0, 9],
        [990, 60],
      ]);
  }
  await both('shrink', (ledger) => ledger.shrink());
  await compare([[0, ITEMS + 50]]);
});

/** The same choice for both ledgers, unlike `pick`. */
const pickOf = <Value>(step: number, values: readonly Value[]): Value => values[step % values.length]!;
