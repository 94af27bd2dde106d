import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countsOf, totalLine } from './test.ts';

describe('counting test results', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'counts-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const counts = (result: Record<string, number>, code: number | null) => {
    const file = join(folder, 'result.json');
    const all = {
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      numRuntimeErrorTestSuites: 0,
      ...result,
    };
    writeFileSync(file, JSON.stringify(all));
    return countsOf(file, code);
  };

  it.each<[result: Record<string, number>, code: number | null, expected: object]>([
    [{ numPassedTests: 5, numPendingTests: 1, numTodoTests: 1 }, 0, { passed: 5, failed: 0, skipped: 2 }],
    [{ numPassedTests: 5, numFailedTests: 2 }, 1, { passed: 5, failed: 2, skipped: 0 }],
    [{ numPassedTests: 5, numRuntimeErrorTestSuites: 1 }, 1, { passed: 5, failed: 1, skipped: 0 }],
    [{}, 0, { passed: 0, failed: 1, skipped: 0, problem: 'no test ran' }],
    [{ numPassedTests: 5 }, 1, { passed: 5, failed: 1, skipped: 0, problem: 'the runner ended with code 1' }],
    [{ numPassedTests: 5 }, null, { passed: 5, failed: 1, skipped: 0, problem: 'the runner ended with code null' }],
  ])('%j with exit code %j', (result, code, expected) => expect(counts(result, code)).toEqual(expected));

  it('treats a crashed runner as a failure', () => {
    expect(countsOf(join(folder, 'nothing.json'), 1)).toMatchObject({ passed: 0, failed: 1 });
  });

  it('mentions skipped tests in the last line only if there are some', () => {
    expect(totalLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
    expect(totalLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
  });
});
