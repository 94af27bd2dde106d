// @ts-check
// For Jest: the order of the test files. The first are those that take longest: a new checkout does not know how long each
// took, and would begin with the largest files.
import { relative, sep } from 'node:path';
import sequencer from '@jest/test-sequencer';

/**
 * Jest's own order. Its types describe the CommonJS module, which has the class as a property.
 * @type {typeof sequencer.default}
 */
const Sequencer = /** @type {any} */ (sequencer);

/** @typedef {Parameters<InstanceType<typeof Sequencer>['sort']>[0]} Tests */

/** Of the backend, and of the browser tests. */
const LONGEST = ['test/chaos/', 'states/'].map((folder) => folder.replaceAll('/', sep));

/** @param {Tests[number]} test */
const isLongest = ({ path, context }) =>
  LONGEST.some((folder) => relative(context.config.rootDir, path).startsWith(folder));

// Jest needs a default export.
export default class OrderOfFiles extends Sequencer {
  /**
   * The others as Jest does: failed ones, then the longest or largest.
   * @override
   * @param {Tests} tests
   */
  async sort(tests) {
    return (await super.sort(tests)).toSorted((a, b) => Number(isLongest(b)) - Number(isLongest(a)));
  }
}
