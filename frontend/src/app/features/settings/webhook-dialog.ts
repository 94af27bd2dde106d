import { Component, computed, inject, signal } from '@angular/core';
import { form, FormField, maxLength, required } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { webhooksCreate, webhooksUpdate } from '../../api/functions';
import { Webhook } from '../../api/models/webhook';
import { WebhookEvent } from '../../api/models/webhook-event';
import { WebhookWithSecret } from '../../api/models/webhook-with-secret';
import { Connection } from '../../core/connection';
import { idempotencyKey } from '../../core/idempotency-key';
import { OfflineNote } from '../../core/offline-note';
import { OperatorKey } from '../../core/operator-key';
import { explain } from '../../core/problem';
import { Submission } from '../../core/submission';
import { Texts } from '../../texts/texts';
import { requireOne } from './require-one';

const EVENTS = [
  'transfer.completed',
  'transfer.completed_with_failures',
  'transfer.failed',
  'transfer.needs_reconnect',
  'transfer.parked',
  'transfer.paused',
  'transfer.running',
  'transfer.canceled',
  'transfer.undone',
] as const satisfies readonly WebhookEvent[];
/** Those that most receivers want. */
const USUAL = EVENTS.slice(0, 4);
/** The API's limits. */
const MAX_URL = 2000;
const MAX_DESCRIPTION = 200;

/** Asks for a webhook's address and events. Its data is the webhook to change, if any; closes with the saved one. */
@Component({
  selector: 'cm-webhook-dialog',
  imports: [FormField, MatButton, MatCheckbox, MatDialogModule, OfflineNote],
  template: `
    <form (submit)="$event.preventDefault(); save()">
      <h2 matDialogTitle>{{ changed ? t().change : t().add }}</h2>
      <mat-dialog-content>
        <label class="small strong" for="hook-url">{{ t().url }}</label>
        <div class="field">
          <input
            id="hook-url"
            type="url"
            inputmode="url"
            cdkFocusInitial
            autocomplete="off"
            [placeholder]="scheme"
            [formField]="form.url"
            [attr.aria-invalid]="submission.problem() ? true : null"
            [attr.aria-describedby]="submission.problem() ? 'hook-problem' : null"
          />
        </div>
        <p id="hook-problem" class="problem" role="alert">{{ submission.problem() }}</p>
        <label class="small strong" for="hook-name">{{ t().description }}</label>
        <div class="field">
          <input id="hook-name" autocomplete="off" [formField]="form.description" />
        </div>
        <fieldset>
          <legend class="small strong">{{ t().events }}</legend>
          @for (event of all; track event) {
            <mat-checkbox [formField]="form.events[event]">{{ t().names[event] }}</mat-checkbox>
          }
        </fieldset>
        <cm-offline-note />
      </mat-dialog-content>
      <mat-dialog-actions align="end">
        <button matButton="outlined" type="button" matDialogClose>{{ t().cancel }}</button>
        <button
          matButton="filled"
          type="submit"
          aria-describedby="offline"
          [disabled]="form().invalid() || submission.sending() || offline()"
          [disabledInteractive]="submission.sending() || offline()"
        >
          {{ submission.sending() ? t().saving : changed ? t().save : t().add }}
        </button>
      </mat-dialog-actions>
    </form>
  `,
  styles: `
    mat-dialog-content {
      display: grid;
      gap: 4px;
    }
    fieldset {
      display: grid;
      min-width: 0;
      margin: 10px 0 0;
      padding: 0;
      border: 0;
    }
    mat-checkbox {
      margin-left: -10px;
    }
    .problem {
      min-height: 8px;
      color: var(--bad);
    }
  `,
})
export class WebhookDialog {
  private readonly operator = inject(OperatorKey);
  private readonly dialog = inject<MatDialogRef<WebhookDialog, Webhook | WebhookWithSecret>>(MatDialogRef);
  protected readonly changed = inject<Webhook | null>(MAT_DIALOG_DATA);
  private readonly settings = inject(Texts).settings;
  protected readonly t = computed(() => this.settings().webhooks.form);
  protected readonly all = EVENTS;
  protected readonly scheme = 'https://';

  protected readonly offline = inject(Connection).offline;

  protected readonly form = form(
    signal(fieldsOf(this.changed ?? { url: '', description: '', events: USUAL })),
    ({ url, description, events }) => {
      required(url);
      maxLength(url, MAX_URL);
      maxLength(description, MAX_DESCRIPTION);
      requireOne(events);
    },
  );
  protected readonly submission = new Submission((problem) =>
    problem.code === 'invalid_request' ? this.t().invalid : explain(problem).text,
  );
  /** The last request and its key, so that repeating it after a lost response does not create a second webhook. */
  private last?: { readonly request: string; readonly key: string };

  protected async save(): Promise<void> {
    if (this.form().invalid() || this.offline()) return;
    const { url, description, events } = this.form().value();
    const chosen = EVENTS.filter((event) => events[event]);
    const body = { url: url.trim(), description: description.trim(), events: chosen };
    await this.submission.run(async () => {
      this.dialog.close(await (this.changed ? this.update(this.changed.id, body) : this.create(body)));
    });
  }

  private update(id: string, body: { url: string; description: string; events: WebhookEvent[] }): Promise<Webhook> {
    return this.operator.call(webhooksUpdate, { id, body });
  }

  private create(body: { url: string; description: string; events: WebhookEvent[] }): Promise<WebhookWithSecret> {
    const request = JSON.stringify(body);
    if (this.last?.request !== request) this.last = { request, key: idempotencyKey() };
    return this.operator.call(webhooksCreate, { 'Idempotency-Key': this.last.key, body });
  }
}

function fieldsOf({ url, description, events }: Pick<Webhook, 'url' | 'description' | 'events'>) {
  const chosen = Object.fromEntries(EVENTS.map((event) => [event, events.includes(event)]));
  return { url, description, events: chosen as Record<WebhookEvent, boolean> };
}
