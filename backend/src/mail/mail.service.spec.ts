import { aParty } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import type { TransferStore } from '../transfers/transfer-store.port.js';
import { MailService } from './mail.service.js';
import type { UnsubscribeTokens } from './unsubscribe-tokens.js';

it.each([
  ['the other account gets more', 'ben', { mail: ['destination'], language: 'en' }],
  ['one account that is both sides gets no more', 'ana', undefined],
] as const)('after the link of the source was used, %s', async (_what, destination, left) => {
  const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty(destination), ['a'], { id: 'tr1' }));
  await ledger.setNotify({ mail: ['source', 'destination'], language: 'en' });
  const tokens = { open: () => ({ transferId: 'tr1', side: 'source' }) } as unknown as UnsubscribeTokens;
  const transfers = { find: async () => ledger } as unknown as TransferStore;
  await new MailService(tokens, transfers, null).unsubscribe('token');
  const notify = await ledger.notify();
  if (left) expect(notify).toMatchObject(left);
  else expect(notify).toBeUndefined();
});
