// Loaded into the product's processes with --import: lets a scenario set their clock forward or back while they run.
// `CHAOS_CLOCK_FILE` holds the milliseconds by which it is wrong.
import { readFileSync } from 'node:fs';

const RealDate = Date;
const file = process.env['CHAOS_CLOCK_FILE'];
let wrongBy = 0;
if (file)
  setInterval(() => {
    try {
      wrongBy = Number(readFileSync(file, 'utf8')) || 0;
    } catch {
      wrongBy = 0; // There is no file as long as the clock is right.
    }
  }, 100).unref();

class WrongDate extends RealDate {
  constructor(...given: [] | [string | number | Date]) {
    if (given.length === 0) super(WrongDate.now());
    else super(...(given as [number]));
  }
  static override now(): number {
    return RealDate.now() + wrongBy;
  }
}
globalThis.Date = WrongDate as unknown as DateConstructor;
