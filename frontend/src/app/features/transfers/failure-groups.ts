import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { Transfer } from '../../core/transfer-updates';
import { formatCount } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { describeReason } from './item-labels';
import { helpedByRetry, retryOfGroup } from './transfer-state';
import { TransferStore } from './transfer-store';

/** Why items failed or were skipped: each reason with its count, advice, and a retry of just these items. */
@Component({
  selector: 'cm-failure-groups',
  imports: [MatButton, RouterLink],
  templateUrl: './failure-groups.html',
  styles: `
    :host {
      border-bottom: 1px solid var(--line);
    }
    .top {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      justify-content: space-between;
      gap: 4px 12px;
      padding: 14px 16px 6px;
    }
    .count {
      width: 56px;
      font-size: 16px;
      vertical-align: top;
    }
    .code {
      overflow-wrap: anywhere;
    }
    a {
      color: inherit;
      text-decoration: none;

      &:hover {
        text-decoration: underline;
      }
    }
    @media (max-width: 719px) {
      .count {
        width: auto;
        text-align: left;
      }
      td:empty {
        display: none;
      }
      button {
        width: 100%;
      }
    }
  `,
})
export class FailureGroups {
  protected readonly t = inject(Texts).transfers;
  protected readonly store = inject(TransferStore);
  readonly transfer = input.required<Transfer>();
  /** Items that could not be verified are listed with the failed ones. */
  readonly kind = input.required<'failed' | 'skipped'>();

  private readonly groups = computed(() => this.transfer()[this.kind() === 'failed' ? 'failureGroups' : 'skipGroups']);
  protected readonly heading = computed(() => {
    const { why, whyBoth, whySkipped, whyUnverified } = this.t().failures;
    const { skipped, failed, unverified } = this.transfer().counts;
    if (this.kind() === 'skipped') return whySkipped(skipped);
    if (unverified === 0) return why(failed);
    return failed > 0 ? whyBoth(failed, unverified) : whyUnverified(unverified);
  });
  protected readonly rows = computed(() => {
    const { retryCount, convertCount } = this.t().commands;
    return this.groups().map((group) => {
      const retry = retryOfGroup(group, this.groups());
      return {
        ...group,
        ...describeReason(group),
        key: `${group.state} ${group.code}`,
        retry,
        action: retry && (retry.allowConversion ? convertCount : retryCount)(retry.count),
        query:
          group.state === 'unverified'
            ? { tab: 'items', state: 'unverified', reason: group.code }
            : { tab: this.kind(), state: null, reason: group.code },
      };
    });
  });
  protected readonly retryable = computed(() => helpedByRetry({ failureGroups: this.groups() }).count);
  protected readonly format = formatCount;
}
