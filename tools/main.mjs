// The commands behind the npm scripts; started by bootstrap.mjs with the pinned Node.
import process from 'node:process';
import { COMMANDS, helpOf, listOfCommands, wantsHelp } from './commands.mjs';
import { Problem, say } from './workspace.mjs';

const [name = '', ...args] = process.argv.slice(2);
try {
  if (!Object.hasOwn(COMMANDS, name))
    throw new Problem(
      `${name ? `There is no command "${name}".` : 'Which command?'} There are:\n\n${listOfCommands()}`,
    );
  if (wantsHelp(args)) {
    say(helpOf(name));
    process.exit(0);
  }
  if (args.length > 0 && !COMMANDS[name].takes)
    throw new Problem(`npm run ${name} takes no arguments ("${args[0]}").\n\n${helpOf(name)}`);
  const { default: command } = await import(`./${name}.mjs`);
  process.exit((await command(args)) ?? 0);
} catch (error) {
  process.stderr.write(`\n${error instanceof Problem ? error.message : (error?.stack ?? String(error))}\n`);
  process.exit(1);
}
