import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { aTransfer } from '../../testing/builders';
import { Consents } from './consents';
import { SessionStatus, SessionStore } from './sessions';
import { Side } from './side';
import { TransferUpdates } from './transfer-updates';

const ANA = { email: 'ana@example.com', name: 'Ana' };
const ARCHIVE = { email: 'archive@example.com', name: 'Archive' };
const at = (time: string) => Date.parse(`2026-11-24T${time}:00Z`);
const connected = (account: typeof ANA, time = '08:00'): SessionStatus => ({
  state: 'connected',
  account,
  readOnly: false,
  connectedAt: at(time),
  expiresAt: at('20:00'),
});
const ABSENT: SessionStatus = { state: 'absent' };
const BOTH: Side[] = ['source', 'destination'];

function consentsOf(source: SessionStatus, destination: SessionStatus): Consents {
  const status = (side: Side) => (side === 'source' ? source : destination);
  TestBed.configureTestingModule({
    providers: [
      { provide: SessionStore, useValue: { status } },
      { provide: TransferUpdates, useValue: { transfers: signal([]) } },
    ],
  });
  return TestBed.inject(Consents);
}

it('names the accounts that an action needs and that are not signed in here', () => {
  const transfer = aTransfer({ consents: { retry: BOTH, undo: ['destination'] } });
  const consents = consentsOf(ABSENT, connected(ARCHIVE));
  expect(consents.missing(transfer, 'retry')).toEqual([{ side: 'source', email: ANA.email }]);
  expect(consents.missing(transfer, 'undo')).toEqual([]);
  expect(consents.missing(transfer, 'rerun')).toEqual([]);
  expect(consents.missing(transfer, 'schedule')).toEqual([{ side: 'source', email: ANA.email }]);
});

it('treats an account as signed in, whichever side it connected for', () => {
  const consents = consentsOf(connected(ARCHIVE), connected(ANA));
  expect(consents.missing(aTransfer({ consents: { retry: BOTH } }), 'retry')).toEqual([]);
});

it('treats nothing as missing while it is being checked', () => {
  const consents = consentsOf({ state: 'checking' }, connected(ARCHIVE));
  expect(consents.missing(aTransfer({ consents: { retry: BOTH } }), 'retry')).toEqual([]);
});

it('requires one of the accounts to resume, each for itself', () => {
  const consents = consentsOf(ABSENT, connected(ARCHIVE));
  expect(consents.missing(aTransfer({ consents: { resume: BOTH } }), 'resume')).toEqual([]);
  expect(consents.missing(aTransfer({ consents: { resume: ['source'] } }), 'resume')).toHaveLength(1);
});

it.each([
  ['09:00', ANA, true],
  ['08:00', ANA, false],
  ['09:00', ARCHIVE, false],
] as const)('waits for a person whose account signed in since: at %s, %j', (time, account, expected) => {
  const parked = { side: 'source', account: ANA.email, since: '2026-11-24T08:30:00.000Z' } as const;
  const transfer = aTransfer({ state: 'needs_reconnect', parked, consents: { resume: ['source'] } });
  expect(consentsOf(connected(account, time), ABSENT).waitsForYou(transfer)).toBe(expected);
});

it('waits for nobody while only the other account that withdrew its access has signed in again', () => {
  const parked = { side: 'source', account: ANA.email, since: '2026-11-24T08:30:00.000Z' } as const;
  const transfer = aTransfer({ state: 'needs_reconnect', parked, consents: { resume: BOTH } });
  expect(consentsOf(ABSENT, connected(ARCHIVE, '09:00')).waitsForYou(transfer)).toBe(false);
});
