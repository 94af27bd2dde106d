import { Component, input, linkedSignal, output } from '@angular/core';

/** Offers to load a list again once it is outdated. From then on the button stays: without it, the focus would be lost. */
@Component({
  selector: 'cm-update-list',
  template: `
    @if (isShown()) {
      <p class="small">
        <button type="button" class="link" [attr.aria-disabled]="isIdle() || null" (click)="press()">
          <ng-content />
        </button>
      </p>
    }
  `,
  styles: `
    p {
      padding: 10px 16px;
    }
    [aria-disabled] {
      color: var(--muted);
      text-decoration: none;
      cursor: default;
    }
  `,
})
export class UpdateList {
  readonly outdated = input.required<boolean>();
  readonly loading = input.required<boolean>();

  readonly update = output();

  protected readonly isShown = linkedSignal<boolean, boolean>({
    source: this.outdated,
    computation: (isOutdated, before) => isOutdated || before?.value === true,
  });

  protected isIdle(): boolean {
    return !this.outdated() || this.loading();
  }

  protected press(): void {
    if (!this.isIdle()) this.update.emit();
  }
}
