import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { TransferDto, TransferListDto } from '../../src/transfers/transfers.dto.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { hasEnded, TransfersApi } from '../support/transfers-api.js';
import { until } from '../../../tools/until.ts';

// Real: an API, a worker that starts when everything is queued, the sandbox and Redis. Compares an order, not times.

const MANY = 81;

describe('one account with many transfers, and one with three files', () => {
  let stack: Stack;
  let api: TransfersApi;
  let worker: NestFastifyApplication | undefined;
  let other: Record<string, string>;

  beforeAll(async () => {
    stack = await startStack({ CLOUDMOVER_WAITAOF: 'off', MAX_OPEN_TRANSFERS: '100' });
    api = await TransfersApi.connect(stack);
    for (const email of ['carol@example.com', 'dave@example.com']) await stack.control('POST', 'accounts', { email });
    other = {
      'X-Source-Token': await connect(stack, 'source', 'carol@example.com'),
      'X-Destination-Token': await connect(stack, 'destination', 'dave@example.com'),
    };
  });
  afterAll(async () => {
    await worker?.close();
    await stack.close();
  });

  it('copies the three files before half of the others', async () => {
    const { folderId } = await api.aTree({ folders: 2, files: 40, bytes: 4_000 });
    for (let index = 0; index < MANY; index++)
      await api.start({ items: [folderId], target: { folderId: 'root', newFolderName: `Copy ${index}` } });
    const small = await stack.control<{ folderId: string }>('POST', 'trees', {
      ...{ account: 'carol@example.com', folders: 0, files: 3, bytes: 300, seed: 1 },
    });
    const asked = await stack.api
      .post('/api/transfers')
      .set(other)
      .send({ items: [small.folderId] })
      .expect(202);
    const { id } = asked.body as TransferDto;

    worker = await stack.startAnother('worker');
    let ended = 0;
    const look = async () => {
      const { body } = await stack.api.get('/api/transfers?limit=100').set(api.tokens).expect(200);
      ended = (body as TransferListDto).transfers.filter(hasEnded).length;
      const { body: transfer } = await stack.api.get(`/api/transfers/${id}`).set(other).expect(200);
      return hasEnded(transfer as TransferDto);
    };
    await until('the other account’s transfer has ended', look);
    expect(ended).toBeLessThan(MANY / 2);
  });
});
