import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestProgram } from '../testing/program.ts';

type Shell = 'bash' | 'zsh' | 'fish';

/** What each shell makes of a line at the Tab key, for a script of ours in `folder`. */
const COMPLETED: Record<Shell, { file: string; program: (line: string) => string }> = {
  bash: {
    file: 'script',
    // `compopt` works only while the shell completes.
    program: (line) => `compopt() { :; }
      . ./script
      COMP_WORDS=(${line})
      COMP_CWORD=$((\${#COMP_WORDS[@]}-1))
      _cloudmover
      echo "\${COMPREPLY[@]}"`,
  },
  zsh: {
    file: '_cloudmover',
    // Completion needs a terminal: a second shell gets one, the keys, and one that prints the line.
    program: (line) => `zmodload zsh/zpty
      print -r 'PROMPT= RPROMPT= fpath=($PWD $fpath)
        autoload -Uz compinit; compinit -u -D
        shown() { print -r -- "<<$BUFFER>>" }; zle -N shown; bindkey "^X" shown; bindkey "^I" complete-word
        unset zle_bracketed_paste' > setup
      zpty shell zsh -f -i
      zpty -w shell '. ./setup'
      zpty -w -n shell ${JSON.stringify(line)}$'\\t\\x18'
      zpty -r shell out '*<<*>>*'
      words=(\${(z)\${\${out##*<<}%%>>*}})
      print -r -- $words[-1]`,
  },
  fish: {
    file: 'script',
    program: (line) => `source ./script; complete -C ${JSON.stringify(line)} | string replace -r '\\t.*' ''`,
  },
};

const isInstalled = (shell: Shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

describe.each(Object.keys(COMPLETED) as Shell[])('completion of %s', (shell) => {
  const { file, program } = COMPLETED[shell];
  const folder = mkdtempSync(join(tmpdir(), 'completion-'));
  let script = '';
  beforeAll(async () => {
    const cloudmover = new TestProgram();
    expect(await cloudmover.run('completion', shell)).toBe(0);
    script = cloudmover.stdout;
    writeFileSync(join(folder, file), script);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('names commands, options and their values', () => {
    for (const word of ['schedule', 'conflict', 'keep-both', 'source:', 'refresh-token-file', 'no-hours'])
      expect(script).toContain(word.replace(':', shell === 'zsh' ? '\\:' : ':'));
  });

  const hasShell = isInstalled(shell);
  if (!hasShell) process.stderr.write(`${shell} is not installed, so its completion is not run.\n`);
  (hasShell ? it : it.skip).each([
    ['cloudmover w', 'watch'],
    ['cloudmover copy --confl', '--conflict'],
    ['cloudmover copy --conflict ke', 'keep-both'],
    ['cloudmover --json ls so', 'source:'],
    ['cloudmover login de', 'destination'],
    ['cloudmover edit --mail source,', 'source,destination'],
    ['cloudmover schedule --no-h', '--no-hours'],
  ])('makes of %j at the Tab key %j', (line, word) => {
    const { stdout, stderr } = spawnSync(shell, ['-c', program(line)], {
      ...{ cwd: folder, encoding: 'utf8', timeout: 120_000 },
      env: { ...process.env, HOME: folder, TERM: 'dumb' },
    });
    expect([stdout.trim(), stderr]).toEqual([word, '']);
  });
});
