import { CodedError } from '../engine/errors.js';

/** Google refused a parameter that only it can check, such as a page token of another listing. */
export class ParameterRefusedError extends CodedError<'invalid_request'> {
  readonly errors: readonly { readonly parameter: string; readonly detail: string }[];

  constructor(parameter: string, detail: string, cause?: unknown) {
    super('invalid_request', `${parameter} ${detail}.`, { cause });
    this.errors = [{ parameter, detail }];
  }
}
