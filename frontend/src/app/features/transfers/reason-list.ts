import { Component, input } from '@angular/core';

/** Why something is not as wanted, and what helps. */
export interface Reason {
  readonly code: string;
  readonly title: string;
  readonly fix: string | undefined;
  /** How many it concerns, with their name: "9 permissions". */
  readonly counted: string;
}

/** Reasons with what helps, and how many each concerns. */
@Component({
  selector: 'cm-reason-list',
  template: `
    @if (reasons().length > 0) {
      <section aria-labelledby="reasons">
        <h2 id="reasons">{{ heading() }}</h2>
        <ul>
          @for (reason of reasons(); track reason.code) {
            <li>
              <div>
                <div class="strong">{{ reason.title }}</div>
                <div class="small muted">{{ reason.fix }}</div>
              </div>
              <span class="muted nowrap">{{ reason.counted }}</span>
            </li>
          }
        </ul>
      </section>
    }
  `,
  styles: `
    section {
      padding: 14px 16px;
      border-top: 1px solid var(--line);
    }
    li {
      display: flex;
      flex-wrap: wrap;
      justify-content: space-between;
      gap: 2px 16px;
      padding: 6px 0;
    }
  `,
})
export class ReasonList {
  readonly heading = input.required<string>();
  readonly reasons = input.required<readonly Reason[]>();
}
