import { Component, computed, ElementRef, inject, input, output } from '@angular/core';
import { Texts } from '../../texts/texts';

const MIN = 0.25;
const MAX = 0.75;
const STEP = 0.02;
const DEFAULT = 0.61;

const within = (share: number): number => Math.round(Math.min(MAX, Math.max(MIN, share)) * 100) / 100;

/** The bar between two panes: it is dragged or moved with the arrow keys; a double click resets it. */
@Component({
  selector: 'cm-pane-split',
  host: {
    role: 'separator',
    'aria-orientation': 'vertical',
    tabindex: '0',
    '[attr.aria-label]': 't().split',
    '[attr.aria-valuenow]': 'percent()',
    'aria-valuemin': '25',
    'aria-valuemax': '75',
    '[attr.aria-valuetext]': 't().splitValue(percent())',
    '(pointerdown)': 'grab($event)',
    '(pointermove)': 'drag($event)',
    '(keydown)': 'onKey($event)',
    '(dblclick)': 'shareChange.emit(default)',
  },
  template: '',
  styles: `
    :host {
      display: grid;
      place-items: center;
      border-radius: 4px;
      cursor: col-resize;
      touch-action: none;
    }
    :host::after {
      content: '';
      width: 4px;
      height: 36px;
      border-radius: 2px;
      background: var(--line);
    }
    :host(:hover)::after,
    :host(:focus-visible)::after {
      background: var(--outline);
    }
  `,
})
export class PaneSplit {
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);
  protected readonly t = inject(Texts).browse;

  /** The left pane's share of the width. */
  readonly share = input.required<number>();
  readonly shareChange = output<number>();
  protected readonly default = DEFAULT;
  protected readonly percent = computed(() => Math.round(this.share() * 100));

  protected grab(event: PointerEvent): void {
    this.host.nativeElement.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  protected drag(event: PointerEvent): void {
    const panes = this.host.nativeElement.parentElement;
    if (!panes || !this.host.nativeElement.hasPointerCapture(event.pointerId)) return;
    const { left, width } = panes.getBoundingClientRect();
    this.shareChange.emit(within((event.clientX - left) / width));
  }

  protected onKey(event: KeyboardEvent): void {
    const to: Partial<Record<string, number>> = {
      ArrowLeft: this.share() - STEP,
      ArrowRight: this.share() + STEP,
      Home: MIN,
      End: MAX,
    };
    const share = to[event.key];
    if (share === undefined) return;
    event.preventDefault();
    this.shareChange.emit(within(share));
  }
}
