import { Cluster } from 'ioredis';
import { TERMINAL_STATES, type TransferState } from '../../engine/model/states.js';
import { InstallationStats, type TransferStats, type WebhookState } from '../../operations/installation-stats.port.js';
import { SESSION_TYPES, type SessionType } from '../../session/session.port.js';
import { keys } from './keys.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';

/** Maximum number of open transfers whose states are counted; further ones count as one group. */
const MAX_OPEN = 10_000;

/** Figures of the installation from Redis. */
export class RedisInstallationStats extends InstallationStats {
  constructor(private readonly redis: RedisClient) {
    super();
  }

  override async sessions(): Promise<Record<SessionType, number>> {
    const now = Date.now();
    const counts = await answered(
      Promise.all(
        SESSION_TYPES.map(async (type) => [type, await this.redis.zcount(keys.sessionsOf(type), now, '+inf')] as const),
      ),
    );
    return Object.fromEntries(counts) as Record<SessionType, number>;
  }

  override async transfers(): Promise<TransferStats> {
    const ids = (await answered(this.redis.smembers(keys.openTransfers()))).slice(0, MAX_OPEN);
    const looked = await answered(
      Promise.all(
        ids.map(async (id) => {
          const [found, held, unitsLimit] = await this.redis.hmget(keys.transfer(id), 'state', 'held', 'unitsLimit');
          const state = (found ?? null) as TransferState | null;
          const hasEnded = state !== null && TERMINAL_STATES.includes(state);
          // Preflights are not counted.
          return {
            state,
            isOpen: !hasEnded && held === null,
            waitsForUnits: held === null && unitsLimit !== null,
            left: hasEnded ? await this.redis.hlen(keys.transferPart(id, 'grants')) : 0,
          };
        }),
      ),
    );
    const open = new Map<TransferState, number>();
    for (const { state, isOpen } of looked) if (state && isOpen) open.set(state, (open.get(state) ?? 0) + 1);
    const waitingForUnits = looked.filter(({ waitsForUnits }) => waitsForUnits).length;
    return { open, waitingForUnits, sharesToSweep: looked.reduce((sum, { left }) => sum + left, 0) };
  }

  override async webhooks(): Promise<Record<WebhookState, number>> {
    const ids = await answered(this.redis.zrange(keys.webhooks(), '0', '-1'));
    const reasons = await answered(Promise.all(ids.map((id) => this.redis.hget(keys.webhook(id), 'disabledFor'))));
    const off = reasons.filter((reason) => reason === 'operator').length;
    const enabled = reasons.filter((reason) => reason === null).length;
    return { enabled, off, disabled: reasons.length - off - enabled };
  }

  override async memory(): Promise<{ usedBytes: number; maxBytes: number | null }> {
    const nodes = this.redis instanceof Cluster ? this.redis.nodes('master') : [this.redis];
    const infos = await answered(Promise.all(nodes.map((node) => node.info('memory'))));
    const figures = infos.map((text) => {
      const figure = (field: string) => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)?.[1] ?? 0);
      return { usedBytes: figure('used_memory'), maxBytes: figure('maxmemory') || null };
    });
    const share = ({ usedBytes, maxBytes }: (typeof figures)[number]) => usedBytes / (maxBytes ?? Infinity);
    const fullest = figures.toSorted((a, b) => share(b) - share(a) || b.usedBytes - a.usedBytes)[0];
    return fullest ?? { usedBytes: 0, maxBytes: null };
  }
}
