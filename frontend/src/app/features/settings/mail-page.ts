import { Component, computed, inject, signal } from '@angular/core';
import { form, FormField, maxLength, required, submit } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { mailTest } from '../../api/functions';
import { MailProblem } from '../../api/models/mail-problem';
import { Connection } from '../../core/connection';
import { Installation } from '../../core/installation';
import { OperatorKey } from '../../core/operator-key';
import { explain, toProblem } from '../../core/problem';
import { ProblemNote } from '../../core/problem-note';
import { Texts } from '../../texts/texts';
import { Note } from '../../ui/note';

/** The API's limit. */
const MAX_ADDRESS = 254;

/** Whether this server sends e-mails, and a test of it. */
@Component({
  selector: 'cm-mail-page',
  host: { class: 'stack' },
  imports: [FormField, MatButton, Note, ProblemNote],
  template: `
    <div class="page-head">
      <div>
        <h1 tabindex="-1">{{ t().heading }}</h1>
        <p class="muted">{{ t().lead }}</p>
      </div>
    </div>
    @if (installation.problem(); as problem) {
      <cm-problem-note [problem]="problem" (remedy)="installation.reload()" />
    } @else if (installation.isResolved() && !installation.mailAvailable()) {
      <cm-note kind="warn" [heading]="t().off.heading">{{ t().off.text }}</cm-note>
    } @else if (installation.isResolved()) {
      <section class="card" aria-labelledby="test">
        <div class="head">
          <h2 id="test">{{ t().test }}</h2>
        </div>
        <form class="body" (submit)="$event.preventDefault(); send()">
          <label class="small strong" for="mail-to">{{ t().address }}</label>
          <div class="field">
            <input
              id="mail-to"
              type="email"
              inputmode="email"
              autocomplete="email"
              [formField]="to"
              [attr.aria-invalid]="failed() ? true : null"
              aria-describedby="mail-result"
            />
          </div>
          <button
            matButton="filled"
            type="submit"
            [disabled]="to().invalid() || to().submitting() || offline()"
            [disabledInteractive]="to().submitting()"
            [attr.aria-busy]="to().submitting()"
          >
            {{ to().submitting() ? t().sending : t().send }}
          </button>
          <p id="mail-result" [class.failed]="failed()" role="status">{{ result() }}</p>
          <p class="small muted">{{ why() }}</p>
        </form>
      </section>
    }
  `,
  styles: `
    form {
      display: grid;
      justify-items: start;
      gap: 8px;
      max-width: 420px;
    }
    .field {
      width: 100%;
    }
    .failed {
      color: var(--bad);
    }
    p:empty {
      display: none;
    }
  `,
})
export default class MailPage {
  private readonly operator = inject(OperatorKey);
  private readonly texts = inject(Texts);
  protected readonly installation = inject(Installation);
  protected readonly offline = inject(Connection).offline;
  protected readonly t = computed(() => this.texts.settings().mail);

  protected readonly to = form(signal(''), (path) => {
    required(path);
    maxLength(path, MAX_ADDRESS);
  });
  protected readonly failed = signal(false);
  protected readonly result = signal('');
  private readonly failure = signal<MailProblem | undefined>(undefined);
  /** What failed, with the mail server's reply code; empty if it is not known. */
  protected readonly why = computed(() => {
    const { failure, replyCode } = this.failure() ?? {};
    const text = failure && this.t().failures[failure];
    return text && replyCode !== undefined ? this.t().withReply(text, replyCode) : (text ?? '');
  });

  protected async send(): Promise<void> {
    await submit(this.to, async () => {
      const to = this.to().value().trim();
      this.result.set('');
      this.failure.set(undefined);
      try {
        await this.operator.call(mailTest, { body: { to, language: this.texts.language() } });
        this.failed.set(false);
        this.result.set(this.t().sent(to));
      } catch (error) {
        const problem = toProblem(error);
        this.failed.set(true);
        this.failure.set(problem.mail);
        this.result.set(problem.code === 'invalid_request' ? this.t().invalid : explain(problem).text);
      }
    });
  }
}
