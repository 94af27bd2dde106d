import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MAT_DIALOG_DATA, MatDialog, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { firstValueFrom } from 'rxjs';
import { preflightsCheckPeopleMap$Any } from '../../api/functions';
import { PeopleMap } from '../../api/models/people-map';
import { PeopleMapLine } from '../../api/models/people-map-line';
import { ApiClient } from '../api-client';
import { explain, toProblem } from '../problem';
import { Texts } from '../../texts/texts';
import { WaitingRows } from '../../ui/waiting-rows';

/** Keeps it from opening twice. */
const ID = 'people-import';
/** Errors that are listed; the rest is counted. */
const MAX_ERRORS = 100;

/** Reads a CSV file of a people map, shows its errors by line, and closes with the valid lines. */
@Component({
  selector: 'cm-people-import-dialog',
  imports: [MatButton, MatDialogModule, WaitingRows],
  template: `
    <h2 matDialogTitle>{{ t().heading }}</h2>
    <mat-dialog-content>
      <p class="muted">{{ t().text }}</p>
      <input
        #file
        class="only-speech"
        type="file"
        accept=".csv,text/csv,text/plain"
        tabindex="-1"
        aria-hidden="true"
        (change)="read(file.files?.[0]); file.value = ''"
      />
      <button matButton="outlined" type="button" cdkFocusInitial [disabled]="reading()" (click)="file.click()">
        {{ t().choose }}
      </button>
      @if (reading()) {
        <cm-waiting-rows [label]="t().reading" />
      }
      @if (problem(); as problem) {
        <p class="problem" role="alert">{{ problem }}</p>
      }
      @if (result(); as result) {
        <p class="strong" role="status">{{ t().read(result.read, result.errors.length) }}</p>
        @if (result.errors.length > 0) {
          <ul [attr.aria-label]="t().errors" tabindex="0">
            @for (error of errors(); track error.line) {
              <li>
                <b>{{ t().line(error.line) }}</b> {{ t().codes?.[error.code] ?? error.detail }}
              </li>
            }
          </ul>
          @if (moreErrors(); as more) {
            <p class="small muted">{{ t().moreErrors(more) }}</p>
          }
        }
        @if (current > 0 && result.valid > 0) {
          <p class="small muted">{{ t().replaces(current) }}</p>
        }
      }
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton="outlined" type="button" matDialogClose>{{ t().cancel }}</button>
      <button matButton="filled" type="button" [disabled]="!result()?.valid" (click)="use()">
        {{ t().use(result()?.valid ?? 0) }}
      </button>
    </mat-dialog-actions>
  `,
  styles: `
    p,
    ul {
      margin-block: 12px;
    }
    ul {
      max-height: 220px;
      overflow: auto;
      border: 1px solid var(--line);
      border-radius: 6px;
    }
    li {
      padding: 8px 12px;
      border-bottom: 1px solid var(--line);
      overflow-wrap: anywhere;

      &:last-child {
        border: 0;
      }
    }
    .problem {
      color: var(--bad);
    }
  `,
})
export class PeopleImportDialog {
  private readonly api = inject(ApiClient);
  private readonly texts = inject(Texts).access;
  protected readonly t = computed(() => this.texts().importing);
  private readonly dialog = inject<MatDialogRef<PeopleImportDialog, PeopleMapLine[]>>(MatDialogRef);
  /** How many lines there are already. */
  protected readonly current = inject<number>(MAT_DIALOG_DATA);

  protected readonly reading = signal(false);
  protected readonly problem = signal('');
  protected readonly result = signal<PeopleMap | undefined>(undefined);
  protected readonly errors = computed(() => this.result()?.errors.slice(0, MAX_ERRORS) ?? []);
  protected readonly moreErrors = computed(() => Math.max(0, (this.result()?.errors.length ?? 0) - MAX_ERRORS));

  protected async read(file: File | undefined): Promise<void> {
    if (!file) return;
    this.reading.set(true);
    this.problem.set('');
    this.result.set(undefined);
    try {
      this.result.set(await this.api.call(preflightsCheckPeopleMap$Any, { body: file }, 'both'));
    } catch (error) {
      this.problem.set(explain(toProblem(error)).text);
    } finally {
      this.reading.set(false);
    }
  }

  protected use(): void {
    this.dialog.close(this.result()?.lines);
  }
}

/** Opens the dialog. @returns the lines to use; undefined if it was closed without any */
export async function importPeople(dialog: MatDialog, current: number): Promise<readonly PeopleMapLine[] | undefined> {
  if (dialog.getDialogById(ID)) return undefined;
  const ref = dialog.open<PeopleImportDialog, number, PeopleMapLine[]>(PeopleImportDialog, {
    id: ID,
    data: current,
    maxWidth: 560,
  });
  return firstValueFrom(ref.afterClosed());
}
