import { InjectionToken } from '@angular/core';

/** What a line shows: a value for each label, and marks with a word at some of them. */
export interface LineData {
  readonly labels: readonly string[];
  readonly values: readonly number[];
  readonly marks: readonly { readonly index: number; readonly label: string }[];
}

/** Colours as the browser has resolved them; a canvas knows no custom properties. */
export interface LineColours {
  readonly line: string;
  readonly grid: string;
  readonly text: string;
  readonly mark: string;
}

export interface LineDrawing {
  show(data: LineData, colours: LineColours): void;
  destroy(): void;
}

/** Draws on a canvas; a token, as tests have no canvas. The library that draws is loaded when it is first needed. */
export const DRAW_LINE = new InjectionToken<(canvas: HTMLCanvasElement) => Promise<LineDrawing>>('DRAW_LINE', {
  providedIn: 'root',
  factory: () => (canvas) => import('./line-canvas').then(({ drawLine }) => drawLine(canvas)),
});
