import { isFinished, Transfer } from '../../core/transfer-updates';
import { catalogue } from '../../texts/catalogue';
import { IconName } from '../../ui/icon';
import { Command } from './transfer-commands';
import { helpedByConversion, helpedByRetry, leftToDo, Retry } from './transfer-state';

export type Action = Transfer['allowedActions'][number];

/** A button that sends a command. */
export interface Button {
  readonly command: Command;
  readonly label: string;
  readonly icon?: IconName;
  readonly retry?: Retry;
}

/**
 * The commands that a transfer allows, in the order of the page. Once the transfer has ended, the main button is last, at
 * the edge of the page.
 */
export function buttonsOf(transfer: Transfer): Button[] {
  const { commands } = catalogue().transfers;
  const { state, limitReached, allowedActions } = transfer;
  const waits = limitReached === 'hours' ? commands.runNow : commands.tryNow;
  const all: Button[] = [
    { command: 'start', label: commands.start },
    { command: 'retry', ...retryButton(transfer) },
    { command: 'resume', icon: 'play', label: state === 'waiting_quota' ? waits : commands.resume },
    { command: 'pause', icon: 'pause', label: commands.pause },
    { command: 'rerun', icon: 'sync', label: commands.rerun },
    { command: 'undo', icon: 'undo', label: commands.undo },
  ];
  // A transfer that waits for its account has its resume button in the notice.
  const isShown = ({ command }: Button) => command !== 'resume' || state !== 'needs_reconnect';
  const possible = all.filter((button) => allowedActions.includes(button.command) && isShown(button));
  return isFinished(transfer) ? possible.reverse() : possible;
}

/** The most helpful retry, labelled with the number of items that it can help. */
function retryButton(transfer: Transfer): Pick<Button, 'label' | 'icon' | 'retry'> {
  const { commands } = catalogue().transfers;
  const [plain, convertible] = [helpedByRetry(transfer), helpedByConversion(transfer)];
  if (transfer.state === 'completed_with_failures' && plain.count > 0)
    return { icon: 'sync', label: commands.retryItems(plain.count), retry: plain };
  if (plain.count === 0 && leftToDo(transfer) === 0 && convertible.count > 0)
    return { icon: 'convert', label: commands.convertItems(convertible.count), retry: convertible };
  return { icon: 'sync', label: commands.retryRest };
}
