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
  styleUrl: './steps.scss',
})
export class Steps {
  private readonly shell = inject(Texts).shell;
  protected readonly t = computed(() => this.shell().steps);
  readonly current = input.required<Step>();
  protected readonly steps = STEPS;
  protected readonly position = computed(() => STEPS.indexOf(this.current()));
}
