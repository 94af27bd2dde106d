// For Jest: the order of the test files. Chaos is the first, because it takes longest and mostly waits.
import { relative, sep } from 'node:path';
import Sequencer from '@jest/test-sequencer';

const isChaos = ({ path, context }) => relative(context.config.rootDir, path).startsWith(`test${sep}chaos${sep}`);

// Jest needs a default export.
export default class OrderOfFiles extends Sequencer {
  /** The others as Jest does: failed ones, then the longest or largest. */
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => Number(isChaos(b)) - Number(isChaos(a)));
  }
}
