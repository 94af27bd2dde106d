// For Jest: the order of the test files. A worker becomes slower with each file that it has run, because it keeps what
// the file loaded and every garbage collection reads all of it. So the fast unit tests come first, before the files that
// load the whole product: after those, relay.spec.ts took 67 s instead of 9 s. Chaos is the first of all, because it
// takes longest and mostly waits.
import { relative, sep } from 'node:path';
import Sequencer from '@jest/test-sequencer';

const ORDER = [`test${sep}chaos`, 'src'];

function rankOf({ path, context }) {
  const file = relative(context.config.rootDir, path);
  const rank = ORDER.findIndex((folder) => file.startsWith(folder + sep));
  return rank < 0 ? ORDER.length : rank;
}

// Jest needs a default export.
export default class OrderOfFiles extends Sequencer {
  /** Within a folder as Jest does: failed ones, then the longest or largest. */
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
