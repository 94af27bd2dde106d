import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { TransferState } from '../engine/model/states.js';
import { ActivityStore } from '../insight/activity.port.js';
import { Metrics } from '../insight/metrics.js';
import { QueueProbe } from '../insight/queue-probe.port.js';
import { processCounts } from './analytics.service.js';
import { InstallationStats } from './installation-stats.port.js';

/** Simultaneous readers share one read. */
const FRESH_MS = 1_000;

/**
 * Figures of the whole installation. Every process reports the same, so a dashboard uses the maximum. They are read
 * when metrics are requested. While Redis is unreachable they are missing, and `cloudmover_store_up` is 0.
 */
@Injectable()
export class Gauges {
  /** By the process's own clock, as all that measures a duration. */
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;
  /** The states that were reported before; those that no longer occur are reported as 0. */
  private readonly states = new Set<TransferState>();

  private readonly up: Gauge;
  private readonly sessions: Gauge<'type'>;
  private readonly transfers: Gauge<'state'>;
  private readonly jobs: Gauge<'state'>;
  private readonly oldest: Gauge;
  private readonly processes: Gauge<'role' | 'state'>;
  private readonly memory: Gauge;
  private readonly memoryMax: Gauge;
  private readonly shares: Gauge;
  private readonly webhooks: Gauge<'state'>;

  constructor(
    { registry }: Metrics,
    private readonly stats: InstallationStats,
    private readonly queue: QueueProbe,
    private readonly activity: ActivityStore,
  ) {
    // The registry collects each gauge separately: the first one reads, the others wait for it.
    const collect = () => this.read();
    const gauge = <Label extends string = never>(name: string, help: string, ...labelNames: Label[]) =>
      new Gauge({ name: `cloudmover_${name}`, help, labelNames, registers: [registry], collect });
    this.up = gauge('store_up', 'Whether Redis responded when the gauges were read.');
    this.sessions = gauge('sessions', 'Valid sessions.', 'type');
    this.transfers = gauge('transfers', 'Transfers that have not ended.', 'state');
    this.jobs = gauge('queue_steps', 'Steps of transfers: waiting, active, or waiting for a retry.', 'state');
    this.oldest = gauge('queue_oldest_seconds', 'Age of the step that has waited longest.');
    this.processes = gauge('processes', 'Processes of the last hour: responding or silent.', 'role', 'state');
    this.memory = gauge('redis_memory_bytes', 'Bytes that Redis uses; of a cluster, the fullest node.');
    this.memoryMax = gauge('redis_memory_max_bytes', 'Bytes that Redis may use; missing without a limit.');
    this.shares = gauge('shares_to_sweep', 'Temporary shares of ended transfers that must still be withdrawn.');
    this.webhooks = gauge('webhooks', 'Webhooks: enabled, disabled by CloudMover, or off by the operator.', 'state');
  }

  private async read(): Promise<void> {
    if (performance.now() - this.readAt < FRESH_MS) return;
    this.reading ??= this.readNow().finally(() => {
      this.readAt = performance.now();
      this.reading = undefined;
    });
    await this.reading;
  }

  private async readNow(): Promise<void> {
    try {
      const [sessions, transfers, webhooks, memory, depth, processes] = await Promise.all([
        this.stats.sessions(),
        this.stats.transfers(),
        this.stats.webhooks(),
        this.stats.memory(),
        this.queue.depth(),
        this.activity.processes(),
      ]);
      for (const [type, count] of Object.entries(sessions)) this.sessions.set({ type }, count);
      for (const state of transfers.open.keys()) this.states.add(state);
      for (const state of this.states) this.transfers.set({ state }, transfers.open.get(state) ?? 0);
      this.shares.set(transfers.sharesToSweep);
      for (const [state, count] of Object.entries(webhooks)) this.webhooks.set({ state }, count);
      for (const state of ['waiting', 'active', 'retried'] as const) this.jobs.set({ state }, depth[state]);
      this.oldest.set(depth.oldestMs / 1_000);
      for (const role of ['api', 'worker'] as const) {
        const counts = processCounts(processes, role, Date.now());
        for (const state of ['answering', 'silent'] as const) this.processes.set({ role, state }, counts[state]);
      }
      this.memory.set(memory.usedBytes);
      if (memory.maxBytes === null) this.memoryMax.remove();
      else this.memoryMax.set(memory.maxBytes);
      this.up.set(1);
    } catch {
      for (const gauge of [this.sessions, this.transfers, this.jobs, this.processes, this.webhooks]) gauge.reset();
      for (const gauge of [this.oldest, this.shares, this.memory, this.memoryMax]) gauge.remove();
      this.up.set(0);
    }
  }
}
