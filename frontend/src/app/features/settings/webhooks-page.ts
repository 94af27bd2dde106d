import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatDialog } from '@angular/material/dialog';
import { MatMenuModule } from '@angular/material/menu';
import { Router, RouterLink } from '@angular/router';
import { firstValueFrom, from, map } from 'rxjs';
import { webhooksDelete, webhooksList, webhooksRotateSecret, webhooksTest, webhooksUpdate } from '../../api/functions';
import { Webhook } from '../../api/models/webhook';
import { WebhookWithSecret } from '../../api/models/webhook-with-secret';
import { Connection } from '../../core/connection';
import { formatCount, formatDate, formatExact, formatMoment } from '../../core/formats';
import { idempotencyKey } from '../../core/idempotency-key';
import { OperatorKey } from '../../core/operator-key';
import { pagedResource } from '../../core/paged-resource';
import { Problem } from '../../core/problem';
import { ProblemNote } from '../../core/problem-note';
import { refreshEvery } from '../../core/refresh';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { confirm } from '../../ui/confirm-dialog';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { WaitingRows } from '../../ui/waiting-rows';
import { showSecret } from './secret-dialog';
import { WebhookDeliveries } from './webhook-deliveries';
import { WebhookDialog } from './webhook-dialog';

/** How often the lists are loaded while the tab is visible. */
const REFRESH_MS = 15_000;

/** The webhooks, and one of them with its deliveries. */
@Component({
  selector: 'cm-webhooks-page',
  host: { class: 'stack' },
  imports: [
    EmptyState,
    Icon,
    MatButton,
    MatIconButton,
    MatMenuModule,
    Note,
    ProblemNote,
    RouterLink,
    WaitingRows,
    WebhookDeliveries,
  ],
  templateUrl: './webhooks-page.html',
  styles: `
    .chosen,
    .chosen > td,
    .table .chosen:hover > td {
      background: var(--primary-tint);
    }
    .pairs {
      grid-template-columns: 100px minmax(0, 1fr);
    }
    .pairs dd {
      text-align: left;
      overflow-wrap: anywhere;
    }
    .tags {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 6px;
    }
    .end {
      flex-wrap: wrap;
    }
    .name {
      font-weight: 600;
      overflow-wrap: anywhere;
    }
    h2 {
      overflow-wrap: anywhere;
    }
    @media (max-width: 719px) {
      .pairs {
        grid-template-columns: minmax(0, 1fr);
      }
    }
  `,
})
export default class WebhooksPage {
  private readonly operator = inject(OperatorKey);
  private readonly dialog = inject(MatDialog);
  private readonly router = inject(Router);
  private readonly toasts = inject(Toasts);
  private readonly settings = inject(Texts).settings;
  protected readonly t = computed(() => this.settings().webhooks);

  /** The webhook that is shown, from the address. */
  readonly id = input<string>();

  private readonly list = pagedResource({
    query: () => this.operator.value(),
    load: () => from(this.operator.call(webhooksList, {})).pipe(map(({ webhooks }) => ({ items: webhooks }))),
  });
  /** The last list that was loaded: one refresh that fails takes nothing away. */
  protected readonly listed = computed(() => {
    const list = this.list.state();
    return list.state === 'ready' ? list.items : undefined;
  });
  /** Why the list is not up to date. Stays during the next request, so that the note does not come and go. */
  protected readonly problem = linkedSignal<{ loading: boolean; problem?: Problem }, Problem | undefined>({
    source: () => ({ loading: this.list.loading(), problem: this.list.problem() }),
    computation: ({ loading, problem }, before) => problem ?? (loading ? before?.value : undefined),
  });
  protected readonly shown = computed(() => this.listed()?.find(({ id }) => id === this.id()));
  /** Those that were turned off, but not by the operator. */
  protected readonly stopped = computed(
    () => this.listed()?.filter((each) => !each.enabled && each.disabledReason !== 'operator') ?? [],
  );
  /** Increases whenever the deliveries should be loaded again. */
  protected readonly revision = signal(0);
  private readonly offline = inject(Connection).offline;
  private readonly running = signal(false);
  /** Whether no command can be given now. */
  protected readonly busy = computed(() => this.running() || this.offline());

  protected readonly count = formatCount;
  protected readonly moment = formatMoment;
  protected readonly exactly = formatExact;

  constructor() {
    refreshEvery(REFRESH_MS, () => this.reload());
  }

  protected nameOf({ description, url }: Webhook): string {
    return description || new URL(url).host;
  }

  /** Why a webhook is off, in a sentence. */
  protected whyOff(webhook: Webhook): string {
    const { disabledReason, disabledAt, waiting } = webhook;
    const t = this.t().off;
    const why = t.why[disabledReason ?? 'operator'](this.nameOf(webhook), disabledAt ? formatDate(disabledAt) : '');
    return waiting > 0 ? `${why} ${t.waiting(waiting)}` : why;
  }

  protected reload(): void {
    this.list.reload();
    this.revision.update((before) => before + 1);
  }

  protected async add(): Promise<void> {
    const saved = (await this.ask(null)) as WebhookWithSecret | undefined;
    if (!saved) return;
    const { secret, ...webhook } = saved;
    this.list.prepend(webhook);
    this.list.reload();
    void this.router.navigateByUrl(`/settings/webhooks/${webhook.id}`);
    this.show(secret);
  }

  protected async edit(webhook: Webhook): Promise<void> {
    if (await this.ask(webhook)) this.list.reload();
  }

  protected sendTest({ id }: Webhook): Promise<void> {
    return this.during(async () => {
      await this.operator.call(webhooksTest, { id });
      this.toasts.say(this.t().testSent);
    });
  }

  protected turn({ id }: Webhook, enabled: boolean): Promise<void> {
    return this.during(() => this.operator.call(webhooksUpdate, { id, body: { enabled } }));
  }

  protected async rotate({ id }: Webhook): Promise<void> {
    const { title, text, keep, act } = this.t().rotate;
    if (!(await confirm(this.dialog, { title, paragraphs: [text], keep, act, harmless: true }))) return;
    await this.during(async () => {
      const { secret } = await this.operator.call(webhooksRotateSecret, { id, 'Idempotency-Key': idempotencyKey() });
      this.show(secret);
    });
  }

  protected async remove(webhook: Webhook): Promise<void> {
    const { title, text, keep, act } = this.t().remove;
    const question = { title: title(this.nameOf(webhook)), paragraphs: [text], keep, act };
    if (!(await confirm(this.dialog, question))) return;
    await this.during(async () => {
      await this.operator.call(webhooksDelete, { id: webhook.id });
      void this.router.navigateByUrl('/settings/webhooks');
    });
  }

  private ask(webhook: Webhook | null): Promise<Webhook | WebhookWithSecret | undefined> {
    const config = { data: webhook, maxWidth: 520, width: '520px' };
    return firstValueFrom(this.dialog.open(WebhookDialog, config).afterClosed());
  }

  private show(secret: string): void {
    const { title, text } = this.t().secret;
    showSecret(this.dialog, { title, text, secret });
  }

  private async during(run: () => Promise<unknown>): Promise<void> {
    this.running.set(true);
    try {
      await run();
    } catch (error) {
      this.toasts.failed(error);
    } finally {
      this.running.set(false);
      this.reload();
    }
  }
}
