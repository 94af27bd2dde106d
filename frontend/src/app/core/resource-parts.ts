import { Signal } from '@angular/core';
import { Problem, toProblem } from './problem';

/** The value of a resource; undefined while there is none. Reading the value of a failed resource would throw. */
export const valueOf = <T>(resource: { hasValue(): boolean; readonly value: Signal<T> }): T | undefined =>
  resource.hasValue() ? resource.value() : undefined;

/** Why a resource could not be loaded. */
export function problemOf(resource: { readonly error: Signal<Error | undefined> }): Problem | undefined {
  const error = resource.error();
  return error && toProblem(error);
}
