import { Argument, type Command } from 'commander';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { type Adder, examples } from './adder.ts';

type Shell = 'bash' | 'zsh' | 'fish';

/** `completion`: it is generated from the commands, so that it names all of them. */
export function addCompletion({ program, action }: Adder): void {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      examples(
        'cloudmover completion bash > ~/.local/share/bash-completion/completions/cloudmover',
        'cloudmover completion zsh > "${fpath[1]}/_cloudmover"',
        'cloudmover completion fish > ~/.config/fish/completions/cloudmover.fish',
      ),
    )
    .action(
      action((context: Context, shell: Shell): Promise<ExitCode> => {
        context.terminal.raw(SCRIPTS[shell](wordsOf(program)));
        return Promise.resolve(EXIT.done);
      }),
    );
}

/** What can follow a command. */
interface Words {
  name: string;
  what: string;
  options: { flag: string; what: string; values: readonly string[]; takesValue: boolean }[];
  /** Choices of its argument. */
  values: readonly string[];
  /** Its arguments are paths in a Drive. */
  takesPaths: boolean;
}

function wordsOf(program: Command): Words[] {
  return program.commands.map((command) => ({
    name: command.name(),
    what: command.description(),
    options: [...command.options, ...program.options].flatMap(({ long, description, argChoices, required, optional }) =>
      long ? [{ flag: long, what: description, values: argChoices ?? [], takesValue: required || optional }] : [],
    ),
    values: command.registeredArguments[0]?.argChoices ?? [],
    takesPaths: /^paths?$/.test(command.registeredArguments[0]?.name() ?? ''),
  }));
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const SIDES = ['source:', 'destination:'];
const valuesOf = ({ values, takesPaths }: Words) => (takesPaths ? SIDES : values);

const SCRIPTS: Record<Shell, (commands: Words[]) => string> = {
  bash: (commands) => `# bash completion of cloudmover
_cloudmover() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  COMPREPLY=()
  case $command:$previous in
${commands.flatMap(({ name, options }) => options.filter(({ takesValue }) => takesValue).map(({ flag, values }) => `    ${name}:${flag}) ${values.length > 0 ? `COMPREPLY=($(compgen -W ${quoted(values.join(' '))} -- "$current"))` : 'COMPREPLY=($(compgen -f -- "$current"))'}; return ;;`)).join('\n')}
  esac
  case $command in
${commands.map((words) => `    ${words.name}) COMPREPLY=($(compgen -W ${quoted([...words.options.map(({ flag }) => flag), ...valuesOf(words)].join(' '))} -- "$current")) ;;`).join('\n')}
    *) COMPREPLY=($(compgen -W ${quoted(commands.map(({ name }) => name).join(' '))} -- "$current")) ;;
  esac
  [[ \${COMPREPLY[0]} == *: ]] && compopt -o nospace
}
complete -F _cloudmover cloudmover
`,
  zsh: (commands) => `#compdef cloudmover
_cloudmover() {
  local -a commands
  commands=(
${commands.map(({ name, what }) => `    ${quoted(`${name}:${what}`)}`).join('\n')}
  )
  local word command=
  for word in $words[2,CURRENT-1]; do
    if [[ $word != -* ]]; then command=$word; break; fi
  done
  if [[ -z $command ]]; then
    _describe command commands
    return
  fi
  case $command in
${commands
  .map(
    (words) => `    ${words.name})
      _arguments ${words.options
        .map(({ flag, what, values, takesValue }) =>
          quoted(
            `${flag}[${what.replaceAll(/[[\]:]/g, ' ')}]${takesValue ? `:value:${values.length > 0 ? `(${values.join(' ')})` : '_files'}` : ''}`,
          ),
        )
        .join(' ')} ${quoted(
        words.takesPaths
          ? // No space after it: the path goes on.
            `*:path:{compadd -S "" ${SIDES.join(' ').replaceAll(':', '\\:')}}`
          : `*:argument:${words.values.length > 0 ? `(${words.values.join(' ')})` : '_files'}`,
      )} ;;`,
  )
  .join('\n')}
  esac
}
_cloudmover "$@"
`,
  fish: (commands) => `# fish completion of cloudmover
complete -c cloudmover -f
${commands
  .flatMap((words) => {
    const { name, what, options } = words;
    const here = `-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
    return [
      `complete -c cloudmover -n __fish_use_subcommand -a ${name} -d ${quoted(what)}`,
      ...valuesOf(words).map((value) => `complete -c cloudmover ${here} -a ${quoted(value)}`),
      ...options.map(
        ({ flag, what: text, values, takesValue }) =>
          `complete -c cloudmover ${here} -l ${flag.slice(2)} -d ${quoted(text)}${takesValue ? (values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : ' -r -F') : ''}`,
      ),
    ];
  })
  .join('\n')}
`,
};
