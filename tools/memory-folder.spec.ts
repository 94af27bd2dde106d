import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { memoryFolder } from './memory-folder.ts';

describe('the folder of a test’s database', () => {
  let memory: string;
  const made: string[] = [];
  beforeEach(() => {
    memory = mkdtempSync(join(tmpdir(), 'memory-'));
    made.push(memory);
  });
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  function parentOf(options: { memory: string; neededBytes: number }): string {
    const folder = memoryFolder('data-', options);
    made.push(folder);
    expect(existsSync(folder)).toBe(true);
    return dirname(folder);
  }

  it('is in memory if there is room', () => {
    expect(parentOf({ memory, neededBytes: 1 })).toBe(memory);
  });

  it('is among the temporary files if there is too little room', () => {
    expect(parentOf({ memory, neededBytes: 2 ** 60 })).toBe(tmpdir());
  });

  it('is among the temporary files if the machine has no file system in memory', () => {
    expect(parentOf({ memory: join(memory, 'absent'), neededBytes: 1 })).toBe(tmpdir());
  });
});
