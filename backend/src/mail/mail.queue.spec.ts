import type { Queue } from 'bullmq';
import { InMemoryMailOutbox } from '../../test/support/in-memory-stores.js';
import type { MailJob } from './mail-outbox.port.js';
import { MailQueue, mailIdOf } from './mail.queue.js';

const MINUTE_MS = 60_000;
const aMail = (entry: string): MailJob => ({ transferId: 'a', side: 'source', state: 'completed', entry });

/** A queue whose jobs can be lost; a job is added once, as with BullMQ. */
function setUp() {
  const jobs = new Map<string, { data: MailJob; finishedOn?: number }>();
  const fake = {
    on: () => fake,
    addBulk: async (added: { data: MailJob; opts: { jobId: string } }[]) => {
      for (const { data, opts } of added) if (!jobs.has(opts.jobId)) jobs.set(opts.jobId, { data });
    },
    getJob: async (id: string) => jobs.get(id),
  };
  const outbox = new InMemoryMailOutbox();
  const queue = new MailQueue(fake as unknown as Queue<MailJob>, outbox);
  const queued = () => [...jobs.values()].map(({ data: { entry } }) => entry).sort();
  const finish = (mail: MailJob) => void (jobs.get(mailIdOf(mail))!.finishedOn = 1);
  const listed = async () => (await outbox.due(Infinity, 10)).map(({ entry }) => entry).sort();
  return { queue, outbox, jobs, queued, finish, listed };
}

it('queues again what the queue has lost, until it was sent or given up', async () => {
  const { queue, jobs, queued, finish, listed } = setUp();
  const [sent, waiting] = [aMail('1-0'), aMail('2-0')];
  await queue.add([sent, waiting]);
  await queue.add([sent, waiting]);
  const added = Date.now();
  finish(sent);
  await queue.sweep(added + MINUTE_MS);
  expect(await listed()).toEqual(['2-0']);

  jobs.clear();
  await queue.sweep(added + MINUTE_MS); // it was checked just now
  expect(queued()).toEqual([]);
  await queue.sweep(added + 2 * MINUTE_MS);
  await queue.sweep(added + 3 * MINUTE_MS);
  expect(queued()).toEqual(['2-0']);
  finish(waiting);
  await queue.sweep(added + 4 * MINUTE_MS);
  expect(await listed()).toEqual([]);
});

it('lists a mail before it is queued, so that a process that dies in between loses nothing', async () => {
  const { queue, outbox, queued } = setUp();
  await outbox.add([aMail('1-0')], 0);
  await queue.sweep(0);
  expect(queued()).toEqual(['1-0']);
  const dying = new MailQueue(
    { on: () => undefined, addBulk: () => Promise.reject(new Error('Killed.')) } as never,
    outbox,
  );
  await expect(dying.add([aMail('2-0')])).rejects.toThrow('Killed.');
  await queue.sweep(Date.now() + MINUTE_MS);
  expect(queued()).toEqual(['1-0', '2-0']);
});

it('forgets a mail that an announcement repeats after it was sent', async () => {
  const { queue, queued, finish, listed } = setUp();
  const mail = aMail('1-0');
  await queue.add([mail]);
  finish(mail);
  await queue.sweep(Date.now() + MINUTE_MS);
  await queue.add([mail]);
  await queue.sweep(Date.now() + 2 * MINUTE_MS);
  expect([queued(), await listed()]).toEqual([['1-0'], []]);
});
