import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { digest } from '../session/token.js';
import { reportPause } from '../transfers/report-pauses.js';
import { type MailJob, MailOutbox } from './mail-outbox.port.js';
import { HOUR_MS, MINUTE_MS } from '../engine/times.js';

export const MAIL_QUEUE = 'mail';

/** The pauses after the first, the second … failed attempt: three days in all. */
const PAUSES_MS: readonly [number, ...number[]] = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  12 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
export const MAX_ATTEMPTS = PAUSES_MS.length + 1;
/** How long a sent mail is remembered, so that an entry that is passed on twice is sent once. */
const REMEMBERED_SECONDS = 24 * 3600;
/** How often the queue is checked for a mail that waits (ms), and for how many of them at once. */
const CHECK_EVERY_MS = MINUTE_MS;
const MAX_CHECKED = 500;

/** The pause (ms) after an attempt that failed. @param attempts those that failed */
export const pauseAfter = (attempts: number, random = Math.random()): number =>
  reportPause(PAUSES_MS, attempts, random);

/** Identifies a mail: the same for each attempt. BullMQ's ids have no colon. */
export const mailIdOf = ({ transferId, entry, side }: MailJob): string =>
  digest(`mail ${transferId} ${entry} ${side}`).slice(0, 27);

/** The mails that are to be sent. They survive the loss of the queue's keys, because the outbox lists them too. */
@Injectable()
export class MailQueue {
  private readonly log = new Logger(MailQueue.name);

  constructor(
    @InjectQueue(MAIL_QUEUE) private readonly queue: Queue<MailJob>,
    private readonly outbox: MailOutbox,
  ) {
    // Each call reports its own failure; without a listener, errors of the connection would go to the console.
    queue.on('error', (error) => this.log.warn(`The queue has no connection to Redis: ${error.message}`));
  }

  /** Queues mails. Repeating it has no effect. */
  async add(mails: readonly MailJob[]): Promise<void> {
    await this.outbox.add(mails, Date.now() + CHECK_EVERY_MS);
    await this.enqueue(mails);
  }

  /** Queues again what the queue has lost, and takes off the list what was sent or given up. @param now epoch ms */
  async sweep(now: number): Promise<void> {
    const mails = await this.outbox.due(now, MAX_CHECKED);
    if (mails.length === 0) return;
    const jobs = await Promise.all(mails.map((mail) => this.queue.getJob(mailIdOf(mail))));
    const isSettled = (_: MailJob, index: number) => jobs[index]?.finishedOn !== undefined;
    await this.outbox.remove(mails.filter(isSettled));
    const waiting = mails.filter((mail, index) => !isSettled(mail, index));
    await this.enqueue(waiting);
    await this.outbox.postpone(waiting, now + CHECK_EVERY_MS);
  }

  private async enqueue(mails: readonly MailJob[]): Promise<void> {
    await this.queue.addBulk(
      mails.map((mail) => ({
        name: 'send',
        data: mail,
        opts: {
          jobId: mailIdOf(mail),
          attempts: MAX_ATTEMPTS,
          backoff: { type: 'custom' },
          removeOnComplete: { age: REMEMBERED_SECONDS },
          removeOnFail: { age: REMEMBERED_SECONDS },
        },
      })),
    );
  }
}
