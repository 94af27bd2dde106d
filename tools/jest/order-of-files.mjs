// For Jest: the order of the test files. The first are those that take longest: a new checkout does not know how long each
// took, and would begin with the largest files.
import { relative, sep } from 'node:path';
import Sequencer from '@jest/test-sequencer';

/** Of the backend, and of the browser tests. */
const LONGEST = ['test/chaos/', 'states/'].map((folder) => folder.replaceAll('/', sep));

const isLongest = ({ path, context }) =>
  LONGEST.some((folder) => relative(context.config.rootDir, path).startsWith(folder));

// Jest needs a default export.
export default class OrderOfFiles extends Sequencer {
  /** The others as Jest does: failed ones, then the longest or largest. */
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => Number(isLongest(b)) - Number(isLongest(a)));
  }
}
