import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { COMMANDS, helpOf, moduleOf } from './commands.mjs';
import { ROOT } from './workspace.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const names = Object.keys(COMMANDS);
/** As npm calls it. */
const run = (name: string, ...args: string[]) => {
  const call = [join(ROOT, 'tools/bootstrap.mjs'), name, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, call, { encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
};

describe('the commands', () => {
  it('are those of package.json, each with a file', () => {
    const ours = Object.entries(scripts).filter(([, call]) => call.includes('bootstrap.mjs'));
    expect(ours.map(([, call]) => call.split(' ').at(-1)).sort()).toEqual(names.toSorted());
    for (const [name, call] of ours) expect(call).toBe(`node tools/bootstrap.mjs ${name}`);
    expect(names.filter((name) => !existsSync(join(ROOT, 'tools', moduleOf(name))))).toEqual([]);
  });

  it.each(names)('%s --help explains what it does, its usage and each option, and does nothing else', (name) => {
    const { code, output } = run(name, '--help');
    expect(code).toBe(0);
    expect(output.trim()).toBe(helpOf(name));
    expect(output).toMatch(new RegExp(`^Usage: npm (run )?${name}`, 'm'));
    for (const [option] of COMMANDS[name]!.options ?? []) expect(output).toContain(option);
  });

  it.each(names)('%s --help names each option that it reads', (name) => {
    const files: Record<string, string> = {
      sandbox: '../sandbox/main.ts',
      conformance: '../sandbox/conformance/command.ts',
      dev: 'start.ts',
    };
    const source = read(join('tools', files[name] ?? moduleOf(name)));
    const parsed = [...source.matchAll(/^\s+'?([\w-]+)'?: \{ type: '(?:string|boolean)'/gm)].map(
      ([, option]) => option,
    );
    expect(parsed.filter((option) => option !== 'help' && !helpOf(name).includes(`--${option}`))).toEqual([]);
  });

  it('list the available names for a wrong one', () => {
    expect(run('strat')).toMatchObject({
      code: 2,
      output: expect.stringMatching(/no command "strat"[\s\S]*start +Runs the product/),
    });
  });

  it.each([
    ['start', '--from', '/nowhere'],
    ['dev', '--fast'],
    ['test', 'everything'],
    ['demo', '--from', '/nowhere'],
    ['verify-report'],
    ['verify-report', 'one.json', 'two.json'],
    ['live-check', '--patience', 'long'],
    ['doctor', 'now'],
    ['chaos', '--only', 'nothing'],
    ['chaos', '--only=power', '--only=nothing'],
    ['chaos', '--seed', '-1'],
    ['bench', 'everything'],
    ['bench', 'start', '--seconds', '0'],
    ['build', '--fast'],
    ['reencrypt', 'all'],
    ['lint', 'nothing'],
    ['check', 'main', 'other'],
    ['openapi', '--chekc'],
    ['supply-chain', '--fix'],
    ['sbom', 'a.json', 'b.json'],
    ['pin-images', 'redis'],
    ['audit', '--fix'],
  ])('show how they are called, and exit with 2, where they are called wrongly: %s %s %s', (name, ...args) => {
    const { code, output } = run(name, ...args.filter((arg) => arg !== undefined));
    expect(output).toContain(helpOf(name));
    expect(output).not.toMatch(/^ {4}at /m);
    expect(code).toBe(2);
  });

  it('show the same help for -h, and between other arguments', () => {
    expect(run('bench', 'start', '-h').output.trim()).toBe(helpOf('bench'));
  });
});
