import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { map } from 'rxjs';
import { preflightsListProblems } from '../../api/functions';
import { ForeseenProblem } from '../../api/models/foreseen-problem';
import { ForeseenProblems } from '../../api/models/foreseen-problems';
import { ReasonCode } from '../../api/models/reason-code';
import { ApiClient } from '../../core/api-client';
import { formatBytes } from '../../core/formats';
import { pagedResource } from '../../core/paged-resource';
import { lossLabel } from '../../core/plan-labels';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { iconOf } from '../../ui/item-icon';
import { ProblemNote } from '../../core/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';
import { reasonLabel } from './forecast';

const PAGE = 200;

/** Lists each item that can't be copied, or only with loss: its path, the reason, and advice. */
@Component({
  selector: 'cm-foreseen-list',
  imports: [Icon, MatButton, ProblemNote, WaitingRows],
  templateUrl: './foreseen-list.html',
  styleUrl: './foreseen-list.scss',
})
export class ForeseenList {
  private readonly api = inject(ApiClient);
  protected readonly t = computed(() => this.texts.review().problems);
  private readonly texts = inject(Texts);

  readonly preflightId = input.required<string>();
  /** The reasons of this preflight, with their counts. */
  readonly reasons = input.required<readonly ForeseenProblems[]>();

  protected readonly reason = signal<ReasonCode | ''>('');
  protected readonly list = pagedResource({
    query: () => ({ id: this.preflightId(), code: this.reason() }),
    load: ({ id, code }, cursor) => {
      const params = { id, limit: PAGE, ...(code && { code }), ...(cursor && { cursor }) };
      return this.api
        .request(preflightsListProblems, params, 'both')
        .pipe(map(({ problems, nextCursor }) => ({ items: problems, next: nextCursor })));
    },
  });

  protected choose(code: string): void {
    this.reason.set(this.reasons().find((each) => each.code === code)?.code ?? '');
  }

  protected readonly choices = computed(() =>
    this.reasons().map(({ code, count, title, advice }) => ({
      code,
      label: reasonLabel(code, { title, advice }).short(count),
    })),
  );
  protected readonly iconOf = iconOf;

  protected why(item: ForeseenProblem): string {
    const { title, advice } = reasonLabel(item.code, { title: item.sentence, advice: item.advice });
    const loss = item.way === 'export' ? lossLabel(item.mimeType, item.lossy) : '';
    return [title, loss && `${this.t().loses(loss)}.`, advice].filter(Boolean).join(' ');
  }

  protected size({ kind, size }: ForeseenProblem): string {
    return formatBytes(kind === 'folder' ? null : size);
  }
}
