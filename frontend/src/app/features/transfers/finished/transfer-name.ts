import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Component, computed, ElementRef, inject, input, linkedSignal, signal, viewChild } from '@angular/core';
import { form, FormField, readonly, submit } from '@angular/forms/signals';
import { MatButton, MatIconButton } from '@angular/material/button';
import { transfersUpdate as changeTransfer } from '../../../api/functions';
import { ApiClient } from '../../../core/api-client';
import { Connection } from '../../../core/connection';
import { toProblem } from '../../../core/problem';
import { Toasts } from '../../../core/toasts';
import { Transfer, TransferUpdates } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';
import { Icon } from '../../../ui/icon';
import { defaultTitleOf, titleOf } from '../transfer-state';

/** The API's limit. */
const MAX_NAME = 100;

/**
 * The name of a transfer, edited in place: Enter or leaving the field saves, Escape discards. Without a name, the names
 * of the selected items are shown.
 */
@Component({
  selector: 'cm-transfer-name',
  imports: [FormField, Icon, MatButton, MatIconButton],
  template: `
    @if (editing()) {
      <form (submit)="$event.preventDefault(); save()">
        <div class="field" [class.wrong]="error()">
          <input
            #box
            [attr.aria-label]="t().name.label"
            [attr.aria-invalid]="error() ? true : null"
            aria-describedby="name-hint"
            [placeholder]="defaultTitle()"
            [formField]="field"
            (keydown.escape)="$event.stopPropagation(); leave()"
            (blur)="onBlur($event)"
          />
        </div>
        <button matButton="filled" type="submit" [disabled]="field().submitting()">{{ t().name.save }}</button>
        <button #no matButton type="button" (click)="leave()">{{ t().name.cancel }}</button>
        <span id="name-hint" class="small" [class.bad]="error()" [attr.role]="error() ? 'alert' : null">{{
          error() || t().name.hint
        }}</span>
      </form>
    } @else {
      <span class="shown">{{ title() }}</span>
      <button
        #pencil
        matIconButton
        type="button"
        class="not-on-paper"
        [disabled]="offline()"
        [attr.aria-label]="t().name.edit"
        [title]="t().name.edit"
        (click)="edit()"
      >
        <cm-icon name="edit" class="small" />
      </button>
    }
  `,
  styleUrl: './transfer-name.scss',
})
export class TransferName {
  private readonly api = inject(ApiClient);
  private readonly updates = inject(TransferUpdates);
  private readonly toasts = inject(Toasts);
  private readonly announcer = inject(LiveAnnouncer);
  protected readonly offline = inject(Connection).offline;
  protected readonly t = inject(Texts).finished;

  readonly transfer = input.required<Transfer>();

  private readonly box = viewChild<ElementRef<HTMLInputElement>>('box');
  private readonly pencil = viewChild<string, ElementRef<HTMLElement>>('pencil', { read: ElementRef });
  private readonly no = viewChild<string, ElementRef<HTMLElement>>('no', { read: ElementRef });

  protected readonly editing = signal(false);
  protected readonly title = computed(() => titleOf(this.transfer()));
  private readonly name = computed(() => this.transfer().name ?? '');
  protected readonly defaultTitle = computed(() => defaultTitleOf(this.transfer()));
  protected readonly field = form(linkedSignal(this.name), (path) => readonly(path, ({ state }) => state.submitting()));
  /** Why the last attempt to save was rejected, until the name is edited. */
  protected readonly error = computed(() => this.field().errors()[0]?.message ?? '');

  edit(): void {
    if (!this.editing()) this.field().reset(this.name());
    this.editing.set(true);
    // The field is rendered in the next turn.
    setTimeout(() => {
      this.box()?.nativeElement.focus();
      this.box()?.nativeElement.select();
    });
  }

  protected leave(): void {
    this.editing.set(false);
    setTimeout(() => this.pencil()?.nativeElement.focus());
  }

  protected onBlur({ relatedTarget }: FocusEvent): void {
    // Cancel gets the focus before its click; and removing the field blurs it, too.
    if (this.editing() && relatedTarget !== this.no()?.nativeElement) void this.save(false);
  }

  protected async save(refocus = true): Promise<void> {
    await submit(this.field, async () => {
      const name = this.field().value().trim();
      if (name === this.name()) return this.close(refocus);
      // Not a rule of the form: the message appears on saving, and `maxLength` would cut what is pasted.
      if (name.length > MAX_NAME) return { kind: 'tooLong', message: this.t().name.tooLong };
      try {
        const params = { id: this.transfer().id, body: { name: name || null } };
        const body = await this.api.call(changeTransfer, params, 'both');
        this.updates.take(body);
        void this.announcer.announce(this.t().name.saved(titleOf(body)));
        return this.close(refocus);
      } catch (error) {
        if (toProblem(error).code === 'invalid_request') return { kind: 'refused', message: this.t().name.refused };
        return this.toasts.failed(error);
      }
    });
  }

  private close(refocus: boolean): void {
    if (refocus) this.leave();
    else this.editing.set(false);
  }
}
