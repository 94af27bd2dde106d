import { Component, inject, input } from '@angular/core';
import { Texts } from '../../texts/texts';

/** What carrying access over means, in a sentence; and each rule on request. */
@Component({
  selector: 'cm-sharing-rules',
  template: `
    <p class="muted">{{ t().on }} {{ mails() ? t().mailed : t().silent }}</p>
    <details class="small muted">
      <summary>{{ t().rules.heading }}</summary>
      <ul>
        @for (rule of t().rules.list; track rule) {
          <li>{{ rule }}</li>
        }
      </ul>
    </details>
  `,
  styles: `
    :host {
      display: grid;
      gap: 8px;
      max-width: 86ch;
    }
    summary {
      width: fit-content;
      color: var(--primary);
      cursor: pointer;
    }
    ul {
      display: grid;
      gap: 4px;
      margin: 6px 0 0;
      padding-left: 18px;
      list-style: disc;
    }
    @media (max-width: 719px) {
      summary {
        padding: 12px 0;
      }
    }
  `,
})
export class SharingRules {
  protected readonly t = inject(Texts).access;

  /** Whether Google may e-mail people who have no Google account. */
  readonly mails = input.required<boolean>();
}
