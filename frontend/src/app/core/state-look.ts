import { catalogue } from '../texts/catalogue';
import { IconName } from '../ui/icon';
import { Transfer } from './transfer-updates';

export type TransferState = Transfer['state'];

interface StateLook {
  readonly kind: '' | 'run' | 'ok' | 'warn' | 'bad';
  readonly icon: IconName;
}

const LOOKS: Record<TransferState, StateLook> = {
  planning: { kind: 'run', icon: 'list' },
  ready: { kind: '', icon: 'list' },
  running: { kind: 'run', icon: 'sync' },
  finishing: { kind: 'run', icon: 'sync' },
  updating: { kind: 'run', icon: 'list' },
  linking: { kind: 'run', icon: 'sync' },
  undoing: { kind: 'run', icon: 'sync' },
  pausing: { kind: '', icon: 'clock' },
  paused: { kind: '', icon: 'pause' },
  canceling: { kind: '', icon: 'clock' },
  waiting_quota: { kind: 'warn', icon: 'clock' },
  needs_reconnect: { kind: 'warn', icon: 'unlink' },
  completed: { kind: 'ok', icon: 'ok-circle' },
  completed_with_failures: { kind: 'warn', icon: 'alert' },
  canceled: { kind: '', icon: 'ban' },
  failed: { kind: 'bad', icon: 'x-circle' },
  undone: { kind: '', icon: 'ban' },
};

/** A state's name, icon and colour. */
export const describeState = (
  state: TransferState,
  limit?: Transfer['limitReached'],
): StateLook & { readonly label: string } => ({
  ...LOOKS[state],
  label: catalogue().transfers.states[state === 'waiting_quota' && limit === 'hours' ? limit : state],
});
