import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { QueueProbe } from '../insight/queue-probe.port.js';
import { NotReadyError } from './errors.js';
import { StoreProbe } from './store-probe.port.js';

/** Whether requests should be sent to this process. */
@Injectable()
export class Readiness {
  private isStopping = false;

  constructor(
    private readonly store: StoreProbe,
    private readonly queue: QueueProbe,
    private readonly config: Config,
  ) {}

  /** From now on it is not ready, though what still comes is served: whoever sends requests is to send them elsewhere. */
  stop(): void {
    this.isStopping = true;
  }

  /** @throws NotReadyError naming each thing that is not ready */
  async check(): Promise<void> {
    const { clientId, clientSecret } = this.config.google;
    const [redis, queue] = await Promise.allSettled([this.store.ping(), this.queue.ping()]);
    const reasons = {
      ...(this.isStopping && { process: 'is stopping' }),
      ...(redis.status === 'rejected' && { redis: 'does not answer' }),
      ...(queue.status === 'rejected' && { queue: 'cannot be reached' }),
      ...(!(clientId && clientSecret) && { google: 'lacks GOOGLE_CLIENT_ID or GOOGLE_CLIENT_SECRET' }),
    };
    if (Object.keys(reasons).length > 0) throw new NotReadyError(reasons);
  }
}
