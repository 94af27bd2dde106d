import { Component, computed, inject, input } from '@angular/core';
import { currentTime } from '../../core/clock';
import { formatDuration } from '../../core/formats';
import { Transfer } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { hasBegunLinks, open, secondsRunning } from './transfer-state';

const STEPS = ['plan', 'copy', 'check', 'links', 'access', 'close', 'report'] as const;
/** Of a transfer that had ended before its links were listed or rewritten. */
const STEPS_AFTERWARDS = ['plan', 'copy', 'check', 'access', 'close', 'links', 'report'] as const;

/** The current step; for a paused transfer, the step with which it resumes. */
function stepOf({ state, step, sharing, links, counts, startedAt }: Transfer): (typeof STEPS)[number] {
  if (state === 'planning' || state === 'ready' || state === 'updating') return 'plan';
  if (state === 'linking') return 'links';
  if (state === 'waiting_quota' && sharing.resumeAt) return 'access';
  if (state === 'finishing') {
    if (step === 'finish') return 'close';
    return step === 'links' || step === 'access' ? step : 'check';
  }
  // Paused or waiting: copies come before links.
  if (hasBegunLinks(links) && open(counts) === 0) return 'links';
  return startedAt === undefined ? 'plan' : 'copy';
}

/** The steps of a transfer, with the current one highlighted. */
@Component({
  selector: 'cm-transfer-steps',
  imports: [Icon],
  template: `
    <div class="head">
      <h2>{{ t().steps.heading }}</h2>
    </div>
    <ol class="body">
      @for (step of steps(); track step.name) {
        <li [class.now]="step.at === 'now'" [attr.aria-current]="step.at === 'now' ? 'step' : null">
          @if (step.at === 'done') {
            <cm-icon name="check" class="good" />
          } @else {
            <span class="dot"></span>
          }
          <span>{{ step.name }}</span>
          @if (step.at === 'done') {
            <span class="only-speech">{{ t().steps.done }}</span>
          }
          <span class="small muted took">{{ step.took }}</span>
        </li>
      }
    </ol>
  `,
  host: { class: 'card' },
  styles: `
    .body {
      display: grid;
      gap: 12px;
    }
    li {
      position: relative;
      display: flex;
      align-items: center;
      gap: 10px;
      color: var(--muted);
    }
    li + li::before {
      content: '';
      position: absolute;
      top: -12px;
      left: 9.5px;
      width: 1px;
      height: 12px;
      background: var(--outline);
    }
    .now {
      color: var(--ink);
      font-weight: 600;
    }
    .took {
      margin-left: auto;
    }
    .dot {
      width: 12px;
      height: 12px;
      margin: 4px;
      border: 2px solid var(--outline);
      border-radius: 50%;
    }
    .now .dot {
      border: 4px solid var(--primary);
    }
  `,
})
export class TransferSteps {
  protected readonly t = inject(Texts).transfers;
  readonly transfer = input.required<Transfer>();

  protected readonly steps = computed(() => {
    const transfer = this.transfer();
    const { sharing, links } = transfer;
    const shown = (transfer.state === 'linking' ? STEPS_AFTERWARDS : STEPS).filter(
      (step) => (step !== 'access' || sharing.mode === 'carry') && (step !== 'links' || links.mode !== 'leave'),
    );
    const current = shown.indexOf(stepOf(transfer));
    const { createdAt, startedAt, plan } = transfer;
    // A preflight may wait long before it is started.
    const planned = Date.parse(plan?.plannedAt ?? startedAt ?? '') || currentTime();
    const took = [
      formatDuration(Math.max(0, planned - Date.parse(createdAt)) / 1000),
      startedAt && current >= 1 ? formatDuration(secondsRunning(transfer)) : '',
    ];
    return shown.map((step, index) => ({
      name: this.t().steps[step],
      at: index < current ? 'done' : index === current ? 'now' : 'later',
      took: index <= current && index < 2 && !(index === 1 && current > 1) ? (took[index] ?? '') : '',
    }));
  });
}
