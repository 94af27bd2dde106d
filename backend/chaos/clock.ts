// Loaded into the product's processes with --import: shifts their clock by the milliseconds in `CHAOS_CLOCK_FILE`, which a
// scenario can change while they run.
import { readFileSync } from 'node:fs';

const RealDate = Date;
const file = process.env['CHAOS_CLOCK_FILE'];
let offsetMs = 0;
if (file)
  setInterval(() => {
    try {
      offsetMs = Number(readFileSync(file, 'utf8')) || 0;
    } catch {
      offsetMs = 0; // Without a file the clock is right.
    }
  }, 100).unref();

class ShiftedDate extends RealDate {
  constructor(...given: [] | [string | number | Date]) {
    if (given.length === 0) super(ShiftedDate.now());
    else super(...(given as [number]));
  }
  static override now(): number {
    return RealDate.now() + offsetMs;
  }
}
globalThis.Date = ShiftedDate as unknown as DateConstructor;
