import { Component, computed, inject, input } from '@angular/core';
import { Texts } from '../texts/texts';

const STEPS = ['Connect', 'Choose', 'Review', 'Transfer'] as const;
export type Step = (typeof STEPS)[number];

/** Where the person is on the way to a transfer. */
@Component({
  selector: 'cm-steps',
  template: `
    <ol [attr.aria-label]="t().label">
      @for (step of steps; track step; let i = $index) {
        <li
          [class.done]="i < position()"
          [class.now]="i === position()"
          [attr.aria-current]="i === position() ? 'step' : null"
        >
          <i aria-hidden="true">{{ i + 1 }}</i>{{ t()[step] }}
        </li>
      }
    </ol>
  `,
  styles: `
    ol,
    li {
      display: flex;
      align-items: center;
      gap: 8px;
    }
    ol {
      justify-content: flex-end;
      color: var(--muted);
      font-size: 12px;
      white-space: nowrap;
    }
    li + li::before {
      content: '';
      width: 22px;
      height: 1px;
      background: var(--line);
    }
    i {
      display: grid;
      place-items: center;
      width: 18px;
      height: 18px;
      border: 1px solid var(--outline);
      border-radius: 50%;
      font-size: 11px;
      font-style: normal;
      font-weight: 600;
      line-height: 1;
    }
    .done i {
      border-color: var(--primary);
      background: var(--primary);
      color: var(--on-primary);
    }
    .now {
      color: var(--ink);
      font-weight: 600;
    }
    .now i {
      border: 2px solid var(--primary);
      color: var(--primary);
    }
    @media (max-width: 1199px) {
      li:not(.now) {
        display: none;
      }
      li::before {
        display: none;
      }
    }
    @media (max-width: 719px) {
      ol {
        justify-content: flex-start;
      }
    }
  `,
})
export class Steps {
  private readonly shell = inject(Texts).shell;
  protected readonly t = computed(() => this.shell().steps);
  readonly current = input.required<Step>();
  protected readonly steps = STEPS;
  protected readonly position = computed(() => STEPS.indexOf(this.current()));
}
