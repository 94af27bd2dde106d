import { Component, computed, inject, input } from '@angular/core';
import { Texts } from '../../texts/texts';
import { Icon, IconName } from '../../ui/icon';
import { CheckLabel } from './check-labels';
import { ReviewSection } from './review-section';
import { ReviewStore } from './review-store';

/** The checks of a preflight and their results. */
@Component({
  selector: 'cm-checks-card',
  imports: [Icon, ReviewSection],
  template: `
    <cm-review-section name="checks" [sections]="store().sections" [heading]="t().heading" [result]="result()">
      <ng-template>
        <ul>
          @for (check of checks(); track check.code) {
            <li [class]="check.kind">
              <cm-icon [name]="icons[check.kind]" />
              <div>
                <div class="strong">
                  <span class="only-speech">{{ t().kinds[check.kind] }}: </span>{{ check.title }}
                </div>
                <div class="muted">{{ check.text }}</div>
              </div>
            </li>
          }
        </ul>
      </ng-template>
    </cm-review-section>
  `,
  styles: `
    li {
      display: flex;
      gap: 12px;
      padding: 12px 16px;
      border-bottom: 1px solid var(--line);

      &:last-child {
        border-bottom: 0;
      }
      div {
        min-width: 0;
        overflow-wrap: anywhere;
      }
    }
    .ok cm-icon {
      color: var(--ok);
    }
    .info cm-icon {
      color: var(--warn);
    }
    .bad cm-icon {
      color: var(--bad);
    }
  `,
})
export class ChecksCard {
  private readonly texts = inject(Texts).review;
  protected readonly t = computed(() => this.texts().checks);

  readonly store = input.required<ReviewStore>();

  protected readonly icons: Record<CheckLabel['kind'], IconName> = { ok: 'ok-circle', info: 'info', bad: 'x-circle' };
  protected readonly checks = computed(() => this.store().checks());
  protected readonly result = computed(() => {
    const count = (kind: CheckLabel['kind']) => this.checks().filter((check) => check.kind === kind).length;
    return this.t().summary(count('ok'), count('info'), count('bad'));
  });
}
