import { Component, DestroyRef, DOCUMENT, effect, ElementRef, inject, input, signal, viewChild } from '@angular/core';
import { PreferenceStore } from '../../core/preferences';
import { DRAW_LINE, LineColours, LineData, LineDrawing } from './line-drawing';

/** A line over time; for who does not see it, its sentence. */
@Component({
  selector: 'cm-line-chart',
  template: `
    <canvas #canvas role="img" [attr.aria-label]="sentence()"></canvas>
    <i class="line"></i><i class="grid"></i><i class="text"></i><i class="mark"></i>
  `,
  styles: `
    :host {
      display: block;
      position: relative;
      height: 200px;
      min-width: 0;
    }
    canvas {
      max-width: 100%; // until it has noticed that the window became narrower
    }
    i {
      display: none;
    }
    .line {
      color: var(--primary);
    }
    .grid {
      color: var(--line);
    }
    .text {
      color: var(--muted);
    }
    .mark {
      color: var(--warn);
    }
  `,
})
export class LineChart {
  readonly data = input.required<LineData>();
  readonly sentence = input.required<string>();

  private readonly canvas = viewChild.required<ElementRef<HTMLCanvasElement>>('canvas');
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);
  private readonly drawing = signal<LineDrawing | undefined>(undefined);

  constructor() {
    const draw = inject(DRAW_LINE);
    const view = inject(DOCUMENT).defaultView;
    const theme = inject(PreferenceStore).theme;
    // The system's theme changes the colours without any signal of ours.
    const dark = view?.matchMedia?.('(prefers-color-scheme: dark)');
    const scheme = signal(dark?.matches ?? false);
    const schemeChanged = () => scheme.set(dark?.matches ?? false);
    dark?.addEventListener('change', schemeChanged);

    let gone = false;
    effect((onCleanup) => {
      draw(this.canvas().nativeElement).then(
        (drawing) => {
          if (gone) drawing.destroy();
          else this.drawing.set(drawing);
        },
        // Without the library (offline, a new version) the table still says the same.
        () => undefined,
      );
      onCleanup(() => this.drawing()?.destroy());
    });
    effect(() => {
      theme();
      scheme();
      this.drawing()?.show(this.data(), this.colours());
    });
    inject(DestroyRef).onDestroy(() => {
      gone = true;
      dark?.removeEventListener('change', schemeChanged);
    });
  }

  private colours(): LineColours {
    const of = (name: keyof LineColours) => {
      const swatch = this.host.nativeElement.querySelector(`.${name}`);
      return swatch ? getComputedStyle(swatch).color : '';
    };
    return { line: of('line'), grid: of('grid'), text: of('text'), mark: of('mark') };
  }
}
