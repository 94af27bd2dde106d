import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { webhooksCreate, webhooksUpdate } from '../../api/functions';
import { Webhook } from '../../api/models/webhook';
import { WebhookEvent } from '../../api/models/webhook-event';
import { WebhookWithSecret } from '../../api/models/webhook-with-secret';
import { idempotencyKey } from '../../core/idempotency-key';
import { OperatorKey } from '../../core/operator-key';
import { explain } from '../../core/problem';
import { Submission } from '../../core/submission';
import { Texts } from '../../texts/texts';

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
  imports: [MatButton, MatCheckbox, MatDialogModule],
  template: `
    <form (submit)="$event.preventDefault(); save()">
      <h2 matDialogTitle>{{ changed ? t().change : t().add }}</h2>
      <mat-dialog-content>
        <label class="small strong" for="hook-url">{{ t().url }}</label>
        <div class="field">
          <input
            #address
            id="hook-url"
            type="url"
            inputmode="url"
            cdkFocusInitial
            autocomplete="off"
            required
            [placeholder]="scheme"
            [maxLength]="maxUrl"
            [value]="url()"
            [attr.aria-invalid]="submission.problem() ? true : null"
            [attr.aria-describedby]="submission.problem() ? 'hook-problem' : null"
            (input)="url.set(address.value)"
          />
        </div>
        <p id="hook-problem" class="problem" role="alert">{{ submission.problem() }}</p>
        <label class="small strong" for="hook-name">{{ t().description }}</label>
        <div class="field">
          <input
            #name
            id="hook-name"
            autocomplete="off"
            [maxLength]="maxDescription"
            [value]="description()"
            (input)="description.set(name.value)"
          />
        </div>
        <fieldset>
          <legend class="small strong">{{ t().events }}</legend>
          @for (event of all; track event) {
            <mat-checkbox [checked]="events().has(event)" (change)="choose(event, $event.checked)">
              {{ t().names[event] }}
            </mat-checkbox>
          }
        </fieldset>
      </mat-dialog-content>
      <mat-dialog-actions align="end">
        <button matButton="outlined" type="button" matDialogClose>{{ t().cancel }}</button>
        <button matButton="filled" type="submit" [disabled]="!complete() || submission.sending()">
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
  protected readonly maxUrl = MAX_URL;
  protected readonly maxDescription = MAX_DESCRIPTION;

  protected readonly url = signal(this.changed?.url ?? '');
  protected readonly description = signal(this.changed?.description ?? '');
  protected readonly events = signal<ReadonlySet<WebhookEvent>>(new Set(this.changed?.events ?? USUAL));
  protected readonly submission = new Submission((problem) =>
    problem.code === 'invalid_request' ? this.t().invalid : explain(problem).text,
  );
  protected readonly complete = computed(() => this.url().trim() !== '' && this.events().size > 0);
  /** The last request and its key, so that repeating it after a lost response does not create a second webhook. */
  private last?: { readonly request: string; readonly key: string };

  protected choose(event: WebhookEvent, isChosen: boolean): void {
    this.events.update(
      (before) => new Set(isChosen ? [...before, event] : [...before].filter((each) => each !== event)),
    );
  }

  protected async save(): Promise<void> {
    if (!this.complete()) return;
    const events = EVENTS.filter((event) => this.events().has(event));
    const body = { url: this.url().trim(), description: this.description().trim(), events };
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
