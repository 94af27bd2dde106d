import { Component, input } from '@angular/core';
import { Sparkline } from './sparkline';

export interface Column {
  readonly name: string;
  readonly isNumber?: boolean;
  readonly notOnPhone?: boolean;
}

/** A cell of a row; the first one is the row's heading. */
export interface Cell {
  readonly text: string;
  /** A tooltip: the full text or its meaning. */
  readonly title?: string;
  readonly kind?: 'mono' | 'muted' | 'bad';
  /** Shown as a line instead of the text, which then describes it. */
  readonly line?: readonly number[];
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A scrollable table of figures. It stays a table on a phone, so that its numbers can be compared. */
@Component({
  selector: 'cm-data-table',
  imports: [Sparkline],
  template: `
    <div class="scroll" tabindex="0" role="group" [attr.aria-label]="label()" data-scrolls>
      <table class="table plain" [attr.aria-label]="label()">
        <thead>
          <tr>
            @for (column of table().columns; track $index) {
              <th scope="col" [class.number]="column.isNumber" [class.not-on-phone]="column.notOnPhone">
                {{ column.name }}
              </th>
            }
          </tr>
        </thead>
        <tbody>
          @for (row of table().rows; track $index) {
            <tr>
              @for (cell of row; track $index) {
                @let column = table().columns[$index];
                @if ($first) {
                  <th scope="row" class="nowrap" [class.mono]="cell.kind === 'mono'" [attr.title]="cell.title">
                    {{ cell.text }}
                  </th>
                } @else {
                  <td
                    [class]="cell.kind"
                    [class.number]="column?.isNumber"
                    [class.not-on-phone]="column?.notOnPhone"
                    [attr.title]="cell.title"
                  >
                    @if (cell.line; as line) {
                      <cm-sparkline [values]="line" [sentence]="cell.text" />
                    } @else {
                      {{ cell.text }}
                    }
                  </td>
                }
              }
            </tr>
          }
        </tbody>
      </table>
    </div>
  `,
  styleUrl: './data-table.scss',
})
export class DataTable {
  readonly label = input.required<string>();
  readonly table = input.required<Table>();
}
