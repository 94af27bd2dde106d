import { Component, computed, input } from '@angular/core';

/** One path per icon, drawn in a 20-unit square with a 1.5-unit stroke. */
const PATHS = {
  folder:
    'M2.8 5.5c0-.8.6-1.4 1.4-1.4h3.4l1.9 2h6.3c.8 0 1.4.6 1.4 1.4v7c0 .8-.6 1.4-1.4 1.4H4.2c-.8 0-1.4-.6-1.4-1.4z',
  doc: 'M5 2.8h6.5L15.5 7v9.2c0 .6-.5 1-1 1h-9c-.6 0-1-.4-1-1V3.8c0-.6.4-1 .5-1zM11.3 3v4.2h4M7.2 10.5h5.6M7.2 13.3h3.8',
  sheet: 'M4 3.5h12v13H4zM4 8h12M4 12.2h12M9 8v8.5',
  slide: 'M3 4.5h14v9H3zM10 13.5v3M7 16.8h6',
  image: 'M3.2 4h13.6v12H3.2zM3.5 14l4-4.3 3 3 2-1.8 4 3.6M12.6 7.6h.01',
  video: 'M3 5h9.5v10H3zM12.5 9l4.5-2.8v7.6L12.5 11',
  zip: 'M4.5 3h11v14h-11zM10 3v2M10 7v2M10 11v2.2M8.7 13.2h2.6v2H8.7z',
  pdf: 'M5 2.8h6.5L15.5 7v10.2H4.5V2.8zM11.3 3v4.2h4M7 14.5c2-1 3.2-3.5 3-5.2M10 9.3c.2 2 1.8 3.3 3 3.5M7 14.5c1.5-1.3 4-1.9 6-1.7',
  site: 'M3 4h14v12H3zM3 7.5h14M5.4 5.8h.01M7.5 5.8h.01M6 10.5h3.5v3H6zM12 10.5h2.5M12 13.3h2.5',
  shortcut: 'M5 2.8h6.5L15.5 7v10.2H4.5V2.8zM7.5 13.8c0-2.6 1.5-3.6 4-3.6M9.8 8.2l2 2-2 2',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  'ok-circle': 'M2.8 10a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0-14.4 0M6.8 10.2l2.3 2.3 4.2-4.7',
  x: 'M5.5 5.5l9 9m0-9-9 9',
  'x-circle': 'M2.8 10a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0-14.4 0M7.5 7.5l5 5m0-5-5 5',
  alert: 'M10 3.2 17.5 16h-15zM10 8v3.8M10 13.9v.01',
  info: 'M2.8 10a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0-14.4 0M10 9.2v4.3M10 6.6v.01',
  clock: 'M2.8 10a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0-14.4 0M10 5.8V10l2.8 1.8',
  pause: 'M7 5v10M13 5v10',
  play: 'M6.5 4.5v11l9-5.5z',
  arrow: 'M3.5 10h13m-5-5 5 5-5 5',
  chevron: 'M8 5l5 5-5 5',
  down: 'M5.5 8l4.5 4.5L14.5 8',
  up: 'M10 16V4.5m-4.5 4.5L10 4.5 14.5 9',
  search: 'M3.8 9a5.2 5.2 0 1 0 10.4 0a5.2 5.2 0 1 0-10.4 0M13 13l4 4',
  sync: 'M4 9a6.2 6.2 0 0 1 11-3l1.2 1.5M16.3 4v3.5h-3.5M16 11a6.2 6.2 0 0 1-11 3l-1.2-1.5M3.7 16v-3.5h3.5',
  download: 'M10 3.5v9m-4-3.5 4 3.5 4-3.5M4 16.5h12',
  plus: 'M10 4.5v11M4.5 10h11',
  shield: 'M10 2.8 16 5v4.5c0 3.7-2.5 6.3-6 7.7-3.5-1.4-6-4-6-7.7V5zM7.3 10l2 2 3.5-3.8',
  key: 'M3.5 13a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0M9.5 10.5l7-7M13.5 6.5l2 2',
  link: 'M8.5 11.5a3 3 0 0 0 4.3 0l2.5-2.5A3 3 0 0 0 11 4.7l-1 1M11.5 8.5a3 3 0 0 0-4.3 0L4.7 11A3 3 0 0 0 9 15.3l1-1',
  unlink: 'M8.5 6.2 10 4.7a3.5 3.5 0 0 1 5 5l-1.5 1.5M11.5 13.8 10 15.3a3.5 3.5 0 0 1-5-5l1.5-1.5M3.5 3.5l13 13',
  'cloud-off': 'M6 8.3A3.8 3.8 0 0 0 6 15.5h8M8 5.7a4.5 4.5 0 0 1 6.6 3.8 3 3 0 0 1 1.7 5M3.5 3.5l13 13',
  list: 'M7 5.5h10M7 10h10M7 14.5h10M3.5 5.5h.01M3.5 10h.01M3.5 14.5h.01',
  ban: 'M2.8 10a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0-14.4 0M5 5l10 10',
  globe:
    'M2.8 10a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0-14.4 0M2.8 10h14.4M10 2.8c2 2 3 4.4 3 7.2s-1 5.2-3 7.2c-2-2-3-4.4-3-7.2s1-5.2 3-7.2',
  upload: 'M10 12.5v-9m-4 3.5 4-3.5 4 3.5M4 16.5h12',
  user: 'M6.8 7a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0-6.4 0M4 16.5c.8-3 3-4.5 6-4.5s5.2 1.5 6 4.5',
  move: 'M3 10h9m-3.5-3.5L12 10l-3.5 3.5M12.5 4h4v12h-4',
  copy: 'M7 7h9.5v9.5H7zM4 13H3.5V3.5H13V4',
  chart: 'M3.5 16.5h13M5.5 13.5v-4M10 13.5v-9M14.5 13.5V7',
  help: 'M2.8 10a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0-14.4 0M8 8a2 2 0 1 1 2.7 1.9c-.5.2-.7.6-.7 1.3M10 13.6v.01',
  theme: 'M16.6 12.2a7 7 0 0 1-8.8-8.8a7 7 0 1 0 8.8 8.8z',
  dots: 'M5 10h.01M10 10h.01M15 10h.01',
  bolt: 'M11 2.8 4.5 11.5H9l-.5 5.7 7-8.9H11z',
  relay: 'M3 7.5h11m-3-3 3 3-3 3M17 13H6m3-3-3 3 3 3',
  convert: 'M4 4h6v6H4zM10 10h6v6h-6zM13 4.5h2.5V7M7 15.5H4.5V13',
  drive: 'M7.2 3.5h5.6l4.7 8.2-2.8 4.8H5.3l-2.8-4.8zM2.5 11.7h15M7.2 3.5l4.7 8.2M12.8 3.5 8.1 11.7',
  people:
    'M4.6 7.4a2.7 2.7 0 1 0 5.4 0a2.7 2.7 0 1 0-5.4 0M2.5 15.7c.5-2.6 2.3-3.9 4.8-3.9s4.3 1.3 4.8 3.9M12 4.9a2.5 2.5 0 0 1 0 4.9M14 12.2c1.8.4 3 1.6 3.5 3.5',
  file: 'M5 2.8h6.5L15.5 7v10.2H4.5V2.8zM11.3 3v4.2h4',
  audio:
    'M8 14.2V4.8l8-1.6v9.4M8 14.2a2.2 2.2 0 1 1-4.4 0a2.2 2.2 0 1 1 4.4 0M16 12.6a2.2 2.2 0 1 1-4.4 0a2.2 2.2 0 1 1 4.4 0',
  form: 'M4.5 3h11v14h-11zM7 7.2h.01M9.5 7.2h4M7 10.2h.01M9.5 10.2h4M7 13.2h.01M9.5 13.2h4',
  drawing: 'M3.5 3.5h7v7h-7zM8 13a4 4 0 1 0 8 0a4 4 0 1 0-8 0',
  edit: 'M4 16l.8-3.4L13.3 4.1l2.6 2.6L7.4 15.2zM11.6 5.8l2.6 2.6',
  open: 'M8 4.5H4.5v11h11V12M11.5 4h4.5v4.5M16 4l-7 7',
  print: 'M6 7.5V3.5h8v4M6 13.5H3.5v-6h13v6H14M6 11.5h8v5H6z',
  undo: 'M7.5 4.5 4 8l3.5 3.5M4 8h7a4.5 4.5 0 0 1 0 9H8',
  mail: 'M3 5h14v10H3zM3.5 5.5 10 11l6.5-5.5',
  gear: 'M7.5 10a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M10 3v2M10 15v2M3 10h2M15 10h2M5.05 5.05l1.4 1.4M13.55 13.55l1.4 1.4M5.05 14.95l1.4-1.4M13.55 6.45l1.4-1.4',
  code: 'M7 6l-4 4 4 4M13 6l4 4-4 4',
  hook: 'M8.5 8.8a3 3 0 1 1 3.7-1.5l2.3 4M11.3 6 8.2 12M12.5 15.2a3 3 0 1 0 1.4-3.9M6.3 10.9a3 3 0 1 0 2.6 3.6h5',
};

export type IconName = keyof typeof PATHS;

/** A decorative line icon: it never speaks, the words beside it do. */
@Component({
  selector: 'cm-icon',
  host: { 'aria-hidden': 'true', '[attr.data-icon]': 'name()' },
  template: `<svg viewBox="0 0 20 20"><path [attr.d]="path()" /></svg>`,
  styles: `
    :host {
      display: inline-grid;
      flex: none;
      fill: none;
      width: 20px;
      height: 20px;
    }
    :host(.small) {
      width: 16px;
      height: 16px;
    }
    :host(.large) {
      width: 56px;
      height: 56px;
    }
    // Material sets the size of every svg in an icon button; the icon keeps its own.
    :host svg {
      width: 100%;
      height: 100%;
    }
    svg {
      fill: inherit;
      stroke: currentColor;
      stroke-width: 1.5;
      stroke-linecap: round;
      stroke-linejoin: round;
    }
    :host(.large) svg {
      stroke-width: 1;
    }
  `,
})
export class Icon {
  readonly name = input.required<IconName>();
  protected readonly path = computed(() => PATHS[this.name()]);
}
