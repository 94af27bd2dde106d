import { Component } from '@angular/core';

/** The logo: an arrow from the source to the destination. */
@Component({
  selector: 'cm-logo',
  host: { 'aria-hidden': 'true' },
  template: `
    <svg viewBox="0 0 28 28" fill="none" stroke-linecap="round" stroke-linejoin="round">
      <rect class="from" x="2" y="8" width="12" height="16" rx="3.5" stroke-width="2" />
      <rect class="to" x="14" y="4" width="12" height="16" rx="3.5" />
      <path class="gap" d="M8 14h11m-3.8-3.8L19 14l-3.8 3.8" stroke-width="4.5" />
      <path class="arrow" d="M8 14h11m-3.8-3.8L19 14l-3.8 3.8" stroke-width="2" />
    </svg>
  `,
  styles: `
    :host {
      width: 28px;
      height: 28px;
    }
    .from {
      stroke: var(--source);
    }
    .to {
      fill: var(--primary);
    }
    .gap {
      stroke: var(--surface);
    }
    .arrow {
      stroke: var(--ink);
    }
  `,
})
export class Logo {}
