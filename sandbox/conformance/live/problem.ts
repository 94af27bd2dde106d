/** Exit codes of `npm run conformance`. */
export const EXIT = {
  holds: 0,
  differs: 1,
  usage: 2,
  credentials: 3,
  storageFull: 4,
  rateOrMaximum: 5,
  leftBehind: 6,
  interrupted: 130,
} as const;

/** Why a run cannot start or ends early. The message says what to do and contains no secret. */
export class RunProblem extends Error {
  readonly exitCode: number;

  constructor(kind: keyof typeof EXIT, message: string) {
    super(message);
    this.exitCode = EXIT[kind];
  }
}

/** A row that cannot run with these accounts; others can. */
export class RowCannotRun extends Error {}
