import { Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { QueueProbe } from '../insight/queue-probe.port.js';
import { NotReadyError } from './errors.js';
import type { HealthDto } from './operations.dto.js';
import { StoreProbe } from './store-probe.port.js';

/** Checks within this time (ms) share a result, because the endpoint is open to all and must stay cheap. */
const FRESH_MS = 1_000;

/** What the process needs, and whether it responded. */
type Probe = readonly [redis: PromiseSettledResult<void>, queue: PromiseSettledResult<void>];

/** Whether requests should be sent to this process. */
@Injectable()
export class Readiness {
  private isStopping = false;
  private last: { readonly at: number; readonly probe: Probe } | undefined;
  private probing: Promise<Probe> | undefined;

  constructor(
    private readonly store: StoreProbe,
    private readonly queue: QueueProbe,
    @InjectConfig('google') private readonly google: Config['google'],
  ) {}

  /** Reports not ready from now on, so that load balancers send requests elsewhere; requests are still served. */
  stop(): void {
    this.isStopping = true;
  }

  /** Checks at most once a second. @throws NotReadyError that lists what is not ready */
  async check(): Promise<HealthDto> {
    const { clientId, clientSecret } = this.google;
    const [redis, queue] = await this.probe();
    const reasons = {
      ...(this.isStopping && { process: 'is stopping' }),
      ...(redis.status === 'rejected' && { redis: 'is not responding' }),
      ...(queue.status === 'rejected' && { queue: 'cannot be reached' }),
      ...(!(clientId && clientSecret) && { google: 'lacks GOOGLE_CLIENT_ID or GOOGLE_CLIENT_SECRET' }),
    };
    if (Object.keys(reasons).length > 0) throw new NotReadyError(reasons);
    return { status: 'ok' };
  }

  private probe(): Probe | Promise<Probe> {
    if (this.last && performance.now() - this.last.at < FRESH_MS) return this.last.probe;
    this.probing ??= Promise.allSettled([this.store.ping(), this.queue.ping()]).then((probe) => {
      this.last = { at: performance.now(), probe };
      this.probing = undefined;
      return probe;
    });
    return this.probing;
  }
}
