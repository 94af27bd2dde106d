import { aParty, aPlannedItem } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { sharingOptions } from '../../test/support/sharing.js';
import type { TransferOrder } from '../engine/model/order.js';
import { itemViews } from './transfer-view.js';

async function viewsOf(order: Partial<TransferOrder>) {
  const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty('ben'), ['a'], order));
  const plan = (await ledger.restartPlan())!;
  await ledger.append(
    [0, 1, 2].map((ordinal) => aPlannedItem(ordinal)),
    plan,
  );
  const grantee = { type: 'user', address: 'x@new.example' } as const;
  const grant = { grantee, role: 'reader', originals: [grantee], outcome: 'equal' } as const;
  await ledger.recordAccess({ ordinal: 1, copyId: 'a', grants: [grant, { ...grant, outcome: 'narrower' }] });
  const place = { holder: 'text', part: 'body', container: 'Tab 1', label: '' } as const;
  const links = (['rewritten', 'outside', 'failed'] as const).map((outcome) => ({ place, text: 'x', outcome }));
  await ledger.recordLinks({ ordinal: 1, copyId: 'a', kind: 'document', state: 'done', links });
  await ledger.recordLinks({ ordinal: 2, copyId: 'b', kind: 'form', state: 'unread', code: 'api_off', links: [] });
  return itemViews(ledger, await ledger.items(0, 3));
}

const ACCESS = { accessWanted: 2, accessEqual: 1, accessRefused: 1 };
const LINKS = { linksFound: 3, linksRewritten: 1, linksFailed: 1 };

it.each<[string, Partial<TransferOrder>, object]>([
  ['the permissions', { sharing: sharingOptions() }, ACCESS],
  ['the links', { links: 'report' }, LINKS],
  ['both', { sharing: sharingOptions(), links: 'rewrite' }, { ...ACCESS, ...LINKS }],
  ['neither', {}, {}],
])('states the numbers of items that have them: %s', async (_, order, numbers) => {
  const [first, second, third] = (await viewsOf(order)).map((view) =>
    Object.fromEntries(Object.entries(view).filter(([field]) => /^(access|links)/.test(field))),
  );
  expect(second).toEqual(numbers);
  expect([first, third]).toEqual([{}, {}]);
});
