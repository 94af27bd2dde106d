import { aParty } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import type { Ledger } from '../engine/ports/ledger.js';
import type { UnannouncedState } from '../engine/ports/ledger/log.js';
import { TransferAnnouncer, TransferListener } from './transfer-announcer.js';

class Listener extends TransferListener {
  readonly heard: string[] = [];
  constructor(public isListening: boolean) {
    super();
  }
  override async listensTo(): Promise<boolean> {
    return this.isListening;
  }
  override async entered(_ledger: Ledger, entries: readonly UnannouncedState[]): Promise<void> {
    this.heard.push(...entries.map(({ state }) => state));
  }
}

it('passes a state on to a listener that subscribed before the state was read', async () => {
  const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty('ben'), ['a']));
  const [webhooks, mail] = [new Listener(true), new Listener(false)];
  const unannounced = ledger.unannounced.bind(ledger);
  ledger.unannounced = async () => {
    mail.isListening = true;
    await ledger.advance(['planning'], 'canceling');
    return unannounced();
  };
  await new TransferAnnouncer([webhooks, mail]).announce(ledger);
  expect(webhooks.heard.at(-1)).toBe('canceling');
  expect(mail.heard).toEqual(webhooks.heard);
});
