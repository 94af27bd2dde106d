import { MatDialog } from '@angular/material/dialog';
import { Links } from '../../api/models/links';
import { Transfer } from '../../core/transfer-updates';
import { catalogue } from '../../texts/catalogue';
import { confirm } from '../../ui/confirm-dialog';
import { Counts, open } from './transfer-state';

/** Asks before a transfer is canceled. @param keep the label of the harmless answer, where it differs */
export function confirmsCancel(dialog: MatDialog, counts: Counts, keep?: string): Promise<boolean> {
  const t = catalogue().transfers.cancelDialog;
  const paragraphs = [t.text(counts.verified, open(counts))];
  return confirm(dialog, { title: t.heading, paragraphs, keep: keep ?? t.keep, act: t.act });
}

/** Asks before items are converted, with loss. */
export function confirmsConversion(dialog: MatDialog, count: number): Promise<boolean> {
  const { heading, text, loss, keep, act } = catalogue().transfers.convertDialog;
  return confirm(dialog, { title: heading(count), paragraphs: [text, loss], keep, act: act(count) });
}

/** Asks before a copy or a move is undone. */
export function confirmsUndo(dialog: MatDialog, mode: Transfer['mode'] | undefined): Promise<boolean> {
  const { heading, originals, copies, keep, act } = catalogue().transfers.undoDialog;
  const paragraphs = mode === 'move' ? [originals, copies] : [copies];
  return confirm(dialog, { title: heading, paragraphs, keep, act });
}

/** Asks before links are listed or rewritten. @param before what was done with them so far */
export function confirmsLinks(
  dialog: MatDialog,
  mode: Links['mode'],
  before: Transfer['links']['mode'] | undefined,
): Promise<boolean> {
  const { dialog: t, act, again } = catalogue().links.transfer;
  const label = (before === mode ? again : act)[mode];
  const paragraphs = [t.text[mode], t.safe];
  return confirm(dialog, { title: t.heading[mode], paragraphs, keep: t.keep, act: label, harmless: true });
}
