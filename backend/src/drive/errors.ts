import { CodedError } from '../engine/errors.js';

/** A parameter that only Google can judge, and refused: a page token of another listing, for instance. */
export class ParameterRefusedError extends CodedError<'invalid_request'> {
  readonly errors: readonly { readonly parameter: string; readonly detail: string }[];

  constructor(parameter: string, detail: string, cause?: unknown) {
    super('invalid_request', `${parameter} ${detail}.`, { cause });
    this.errors = [{ parameter, detail }];
  }
}
