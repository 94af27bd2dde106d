import {
  formatBytes,
  formatCount,
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

/**
 * The figures of a finished transfer: size, duration, and two others. Access and links come before the originals and the
 * temporary shares, which the certificate has too.
 */
export function finishedFigures(
  transfer: Transfer,
  { finished, access, links }: Pick<Catalogue, 'finished' | 'access' | 'links'>,
): Figure[] {
  const t = finished.figures;
  const { bytes, arrived, ways, activeSeconds, grants, mode, originals } = transfer;
  const copied = ways.serverCopy + ways.relay + ways.export;
  const shares = grants.open + grants.withdrawn;
  const hasAccess = transfer.sharing.mode === 'carry' && transfer.sharing.wanted > 0;
  const more = [
    ...(hasAccess ? [accessFigure(transfer.sharing, access.transfer)] : []),
    ...(transfer.links.mode === 'leave' ? [] : [linksFigure(transfer.links, links.transfer.figure)]),
  ];
  const others = [
    mode === 'move'
      ? { name: t.originals, value: t.trashed(originals?.trashed ?? 0), more: t.kept(originals?.kept ?? 0) }
      : { name: t.originals, value: t.untouched, more: t.copied },
    {
      name: t.shares,
      value: shares === 0 ? t.noShares : t.removed(grants.withdrawn, shares),
      more: shares === 0 ? t.noneLeft : grants.open > 0 ? t.sharesLeft : t.shareHint,
    },
  ];
  return [
    {
      name: t.size,
      value: formatBytes(arrived?.bytes ?? bytes.verified),
      more: copied > 0 ? t.inside(formatShare(Math.floor((ways.serverCopy / copied) * 100) / 100, 0)) : '',
    },
    { name: t.took, value: formatDuration(activeSeconds), more: spanOf(transfer, t) },
    ...others.slice(0, 2 - more.length),
    ...more,
  ];
}

function accessFigure(sharing: Transfer['sharing'], t: Catalogue['access']['transfer']): Figure {
  const { wanted, equal, narrower, wider, waiting } = sharing;
  const more = [
    narrower > 0 && `${formatCount(narrower)} ${t.totals.narrower}`,
    wider > 0 && `${formatCount(wider)} ${t.totals.wider}`,
    waiting > 0 && `${formatCount(waiting)} ${t.totals.waiting}`,
  ].filter(Boolean);
  return {
    name: t.step,
    value: t.certificate.equal(equal, wanted),
    more: more.join(', '),
    ...(more.length > 0 && { link: { label: t.see(narrower + wider + waiting), tab: 'access' } }),
  };
}

function linksFigure(links: Transfer['links'], t: Catalogue['links']['transfer']['figure']): Figure {
  const { mode, found, rewritten, waiting, failed, unsupported } = links;
  const unread = unreadOf(links);
  const toDo = failed + unsupported + unread;
  const more = [
    waiting > 0 && t.waiting(waiting),
    failed > 0 && t.failed(failed),
    unsupported > 0 && t.manual(unsupported),
    unread > 0 && t.unread(unread),
  ];
  return {
    name: t.name,
    value: mode === 'rewrite' ? t.rewritten(rewritten) : t.found(found),
    more: more.filter(Boolean).join(', '),
    ...(toDo > 0 && { link: { label: t.see(toDo), tab: 'links' } }),
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
