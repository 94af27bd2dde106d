import { BreakpointObserver } from '@angular/cdk/layout';
import { inject, Service } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { map } from 'rxjs';

/** The widths where the layout changes; the same numbers stand in the style sheets. */
@Service()
export class Viewport {
  private readonly breakpoints = inject(BreakpointObserver);
  readonly phone = this.matches('(max-width: 719px)');

  private matches(query: string) {
    const matches = this.breakpoints.observe(query).pipe(map((result) => result.matches));
    return toSignal(matches, { initialValue: this.breakpoints.isMatched(query) });
  }
}
