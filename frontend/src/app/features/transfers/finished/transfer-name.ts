import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Component, computed, ElementRef, inject, input, signal, viewChild } from '@angular/core';
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
  imports: [Icon, MatButton, MatIconButton],
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
            [value]="name()"
            [readonly]="busy()"
            (input)="error.set('')"
            (keydown.escape)="$event.stopPropagation(); leave()"
            (blur)="onBlur($event)"
          />
        </div>
        <button matButton="filled" type="submit" [disabled]="busy()">{{ t().name.save }}</button>
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
  protected readonly busy = signal(false);
  protected readonly error = signal('');
  protected readonly title = computed(() => titleOf(this.transfer()));
  protected readonly name = computed(() => this.transfer().name ?? '');
  protected readonly defaultTitle = computed(() => defaultTitleOf(this.transfer()));

  edit(): void {
    this.error.set('');
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
    if (!this.editing() || this.busy() || relatedTarget === this.no()?.nativeElement) return;
    if (this.error() === '') void this.save(false);
  }

  protected async save(refocus = true): Promise<void> {
    const name = this.box()?.nativeElement.value.trim() ?? '';
    if (this.busy()) return;
    if (name === this.name()) return this.close(refocus);
    if (name.length > MAX_NAME) return this.error.set(this.t().name.tooLong);
    this.busy.set(true);
    try {
      const params = { id: this.transfer().id, body: { name: name || null } };
      const body = await this.api.call(changeTransfer, params, 'both');
      this.updates.take(body);
      void this.announcer.announce(this.t().name.saved(titleOf(body)));
      this.close(refocus);
    } catch (error) {
      if (toProblem(error).code === 'invalid_request') this.error.set(this.t().name.refused);
      else this.toasts.failed(error);
    } finally {
      this.busy.set(false);
    }
  }

  private close(refocus: boolean): void {
    if (refocus) this.leave();
    else this.editing.set(false);
  }
}
