import { Component, computed, inject, input } from '@angular/core';
import { map } from 'rxjs';
import { transfersListEvents as listEvents } from '../../api/functions';
import { TransferEvent } from '../../api/models/transfer-event';
import { ApiClient } from '../../core/api-client';
import { formatExact, formatItems, formatLogTime, formatMoment } from '../../core/formats';
import { pagedResource } from '../../core/paged-resource';
import { ProblemNote } from '../../core/problem-note';
import { describeState } from '../../core/state-look';
import { isFinished, TransferUpdates } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { WaitingRows } from '../../ui/waiting-rows';
import { describeReason } from './item-labels';

/** States to emphasise: ends, and waits. */
const EMPHASISED: ReadonlySet<string> = new Set([
  'waiting_quota',
  'needs_reconnect',
  'completed',
  'completed_with_failures',
  'canceled',
  'failed',
  'undone',
]);

/** The events of a transfer, newest first: its states, and the first failure for each reason. */
@Component({
  selector: 'cm-transfer-log',
  imports: [EmptyState, ProblemNote, WaitingRows],
  template: `
    @if (events.problem(); as problem) {
      <div class="body">
        <cm-problem-note [heading]="t().log.failed" [problem]="problem" (remedy)="events.retry()" />
      </div>
    } @else if (events.state().state === 'loading') {
      <cm-waiting-rows [label]="t().log.loading" />
    } @else if (lines().length === 0) {
      <cm-empty-state icon="clock" [heading]="t().log.none" />
    } @else {
      <table class="table" [attr.aria-label]="t().log.heading">
        <thead>
          <tr>
            <th scope="col">{{ t().log.columns.time }}</th>
            <th scope="col">{{ t().log.columns.what }}</th>
          </tr>
        </thead>
        <tbody>
          @for (line of lines(); track $index) {
            <tr>
              <td class="nowrap muted time" [title]="line.exact">{{ line.when }}</td>
              <td class="full">
                <span [class.strong]="line.isEmphasised">{{ line.what }}</span>
                @if (line.count) {
                  <span class="count muted">{{ line.count }}</span>
                }
                @if (line.code) {
                  <span class="mono muted">{{ line.code }}</span>
                }
                @if (line.more) {
                  <div class="small muted">{{ line.more }}</div>
                }
              </td>
            </tr>
          }
        </tbody>
      </table>
    }
  `,
  styles: `
    .body {
      padding: 16px;
    }
    .time {
      width: 180px;
      vertical-align: top;
    }
    .count,
    .mono {
      margin-left: 8px;
    }
  `,
})
export class TransferLog {
  private readonly api = inject(ApiClient);
  private readonly updates = inject(TransferUpdates);
  protected readonly t = inject(Texts).transfers;

  readonly transferId = input.required<string>();
  /** Changes when the log has new events. */
  readonly version = input.required<string>();

  protected readonly events = pagedResource({
    query: () => ({ id: this.transferId() }),
    load: (query) => this.api.request(listEvents, query, 'both').pipe(map(({ events }) => ({ items: events }))),
    version: this.version,
  });
  protected readonly lines = computed(() =>
    this.events
      .items()
      .toReversed()
      .map((event, index) => {
        const { at, kind, state, command, by = [], code, title = '', detail, side, resumeAt, limitReached } = event;
        const words = this.t().log;
        const { title: reason, advice } =
          code === undefined ? { title: '', advice: detail } : describeReason({ code, title, advice: detail });
        const transfer = this.updates.transfer(this.transferId());
        const who = [...new Set(by.map((each) => transfer?.[each].email ?? words.sides[each]))];
        const more = [
          command && words.by(words.commands[command], who),
          kind === 'state' ? reason : '',
          advice,
          kind === 'state' && side && words.side[side],
          resumeAt && words.resumes(formatMoment(resumeAt)),
        ];
        return {
          when: formatLogTime(at),
          exact: formatExact(at),
          what:
            kind === 'withdrawn' && side
              ? words.withdrew(transfer?.[side].email ?? words.sides[side])
              : kind === 'state' && state
                ? describeState(state, limitReached).label
                : kind === 'schedule'
                  ? words.schedule
                  : words.firstOf(reason),
          isEmphasised: code !== undefined || (state !== undefined && EMPHASISED.has(state)),
          count: this.countOf(event, index === 0),
          code,
          more: more.filter(Boolean).join(' '),
        };
      }),
  );

  /** How many items an event concerns: those of its reason, or the result of the last run. Empty if not known. */
  private countOf({ kind, code, state }: TransferEvent, isNewest: boolean): string {
    const transfer = this.updates.transfer(this.transferId());
    if (!transfer) return '';
    if (kind === 'reason') {
      const groups = [...transfer.failureGroups, ...transfer.skipGroups].filter((group) => group.code === code);
      const items = groups.reduce((sum, { count }) => sum + count, 0);
      return items > 0 ? this.t().log.soFar(formatItems(items)) : '';
    }
    const ended = isNewest && state === transfer.state && isFinished(transfer) && state !== 'undone';
    return ended ? this.t().log.counts(transfer.counts) : '';
  }
}
