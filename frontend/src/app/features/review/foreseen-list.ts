import { HttpClient } from '@angular/common/http';
import { Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Subscription } from 'rxjs';
import { preflightProblems } from '../../api/functions';
import { ForeseenProblemDto } from '../../api/models/foreseen-problem-dto';
import { ForeseenProblemsDto } from '../../api/models/foreseen-problems-dto';
import { formatBytes } from '../../core/formats';
import { lossLabel } from '../../core/plan-labels';
import { Problem, toProblem } from '../../core/problem';
import { asSide } from '../../core/sessions';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { iconOf } from '../../ui/item-icon';
import { ProblemNote } from '../../core/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';
import { reasonLabel } from './forecast';

const PAGE = 200;

type ListState =
  | { readonly state: 'loading' }
  | { readonly state: 'error'; readonly problem: Problem }
  | { readonly state: 'ready'; readonly items: readonly ForeseenProblemDto[]; readonly nextCursor?: string };

/** The items that can't be copied, or only with loss, one by one: where each is, why, and what a person can do. */
@Component({
  selector: 'cm-foreseen-list',
  imports: [Icon, MatButton, ProblemNote, WaitingRows],
  templateUrl: './foreseen-list.html',
  styleUrl: './foreseen-list.scss',
})
export class ForeseenList {
  private readonly http = inject(HttpClient);
  protected readonly t = computed(() => this.texts.review().problems);
  private readonly texts = inject(Texts);

  readonly preflightId = input.required<string>();
  /** The reasons there are, with their counts. */
  readonly reasons = input.required<readonly ForeseenProblemsDto[]>();

  protected readonly reason = signal('');
  private readonly current = signal<ListState>({ state: 'loading' });
  protected readonly list = this.current.asReadonly();
  private running?: Subscription;

  protected readonly choices = computed(() =>
    this.reasons().map(({ code, count, title, advice }) => ({
      code,
      words: reasonLabel(code, { title, advice }).short(count),
    })),
  );
  protected readonly iconOf = iconOf;

  constructor() {
    effect((onCleanup) => {
      this.preflightId();
      this.reason();
      untracked(() => this.load());
      onCleanup(() => this.running?.unsubscribe());
    });
  }

  protected load(): void {
    this.current.set({ state: 'loading' });
    this.fetch([]);
  }

  protected loadMore(cursor: string): void {
    const list = this.list();
    if (list.state === 'ready') this.fetch(list.items, cursor);
  }

  protected why(item: ForeseenProblemDto): string {
    const { title, advice } = reasonLabel(item.code, { title: item.sentence, advice: item.advice });
    const loss = item.way === 'export' ? lossLabel(item.mimeType, item.lossy) : '';
    return [title, loss && `${this.t().loses(loss)}.`, advice].filter(Boolean).join(' ');
  }

  protected size({ kind, size }: ForeseenProblemDto): string {
    return formatBytes(kind === 'folder' ? null : size);
  }

  private fetch(before: readonly ForeseenProblemDto[], cursor?: string): void {
    this.running?.unsubscribe();
    const code = this.reason();
    const params = { id: this.preflightId(), limit: PAGE, ...(code && { code }), ...(cursor && { cursor }) };
    this.running = preflightProblems(this.http, '', params, asSide('both')).subscribe({
      next: ({ body }) =>
        this.current.set({ state: 'ready', items: [...before, ...body.problems], nextCursor: body.nextCursor }),
      error: (error: unknown) => this.current.set({ state: 'error', problem: toProblem(error) }),
    });
  }
}
