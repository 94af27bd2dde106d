import {
  formatBytes,
  formatDate,
  formatDay,
  formatDuration,
  formatShare,
  formatTimeOfDay,
} from '../../../core/formats';
import { Transfer } from '../../../core/transfer-updates';
import { Catalogue } from '../../../texts/catalogue';
import { unreadOf } from '../links/link-labels';
import { Figure } from '../../../ui/figures';

type FigureTexts = Catalogue['finished']['figures'];

/** The figures of a finished transfer: size, duration, originals, and its links or else its temporary shares. */
export function finishedFigures(
  transfer: Transfer,
  { finished, links }: Pick<Catalogue, 'finished' | 'links'>,
): Figure[] {
  const t = finished.figures;
  const { bytes, arrived, ways, activeSeconds, grants, mode, originals } = transfer;
  const copied = ways.serverCopy + ways.relay + ways.export;
  const shares = grants.open + grants.withdrawn;
  return [
    {
      name: t.size,
      value: formatBytes(arrived?.bytes ?? bytes.verified),
      more: copied > 0 ? t.inside(formatShare(Math.floor((ways.serverCopy / copied) * 100) / 100, 0)) : '',
    },
    { name: t.took, value: formatDuration(activeSeconds), more: spanOf(transfer, t) },
    mode === 'move'
      ? { name: t.originals, value: t.trashed(originals?.trashed ?? 0), more: t.kept(originals?.kept ?? 0) }
      : { name: t.originals, value: t.untouched, more: t.copied },
    transfer.links.mode === 'leave'
      ? {
          name: t.shares,
          value: shares === 0 ? t.noShares : t.removed(grants.withdrawn, shares),
          more: shares === 0 ? t.noneLeft : grants.open > 0 ? t.sharesLeft : t.shareHint,
        }
      : linksFigure(transfer.links, links.transfer.figure),
  ];
}

function linksFigure(links: Transfer['links'], t: Catalogue['links']['transfer']['figure']): Figure {
  const { mode, found, rewritten, waiting, failed, unsupported } = links;
  const unread = unreadOf(links);
  const more = [
    waiting > 0 && t.waiting(waiting),
    failed > 0 && t.failed(failed),
    unsupported > 0 && t.byHand(unsupported),
    unread > 0 && t.unread(unread),
  ];
  return {
    name: t.name,
    value: mode === 'rewrite' ? t.rewritten(rewritten) : t.found(found),
    more: more.filter(Boolean).join(', '),
  };
}

function spanOf(transfer: Transfer, t: FigureTexts): string {
  const { createdAt, startedAt = createdAt, finishedAt = startedAt } = transfer;
  const [from, to] = [Date.parse(startedAt), Date.parse(finishedAt)];
  if (new Date(from).toDateString() === new Date(to).toDateString())
    return t.sameDay(formatDay(to), formatTimeOfDay(from), formatTimeOfDay(to));
  const moment = (time: number) => `${formatDate(time)}, ${formatTimeOfDay(time)}`;
  return t.span(moment(from), moment(to));
}
