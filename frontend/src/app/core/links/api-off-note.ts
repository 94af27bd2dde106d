import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { ApiOff } from '../../api/models/api-off';
import { Texts } from '../../texts/texts';
import { Note } from '../../ui/note';
import { formatNames } from '../formats';
import { addressCopier } from './copy-address';

/** Which APIs of Google's are turned off, what that means, and the addresses at which a person turns them on. */
@Component({
  selector: 'cm-api-off-note',
  imports: [MatButton, Note],
  template: `
    <cm-note kind="warn" [heading]="t().heading(names(), apis().length)">
      {{ t()[when()](documents(), apis().length) }}
      @for (api of apis(); track api.kind) {
        <button noteAction matButton="outlined" type="button" (click)="copy(api.consoleUrl)">
          {{ apis().length === 1 ? t().copy : t().copyOf(kinds()[api.kind]) }}
        </button>
      }
    </cm-note>
  `,
})
export class ApiOffNote {
  private readonly texts = inject(Texts).links;
  protected readonly t = computed(() => this.texts().apiOff);
  protected readonly kinds = computed(() => this.texts().kinds);

  protected readonly copy = addressCopier();

  readonly apis = input.required<readonly ApiOff[]>();
  readonly when = input.required<'planned' | 'running' | 'ended'>();

  protected readonly names = computed(() => {
    const names = this.apis().map(({ kind }) => this.kinds()[kind]);
    return formatNames(names, names.length, names.length);
  });
  protected readonly documents = computed(() => this.apis().reduce((sum, { documents }) => sum + documents, 0));
}
