// `npm start`: starts the product, ready to use.
import { join } from 'node:path';
import process from 'node:process';
import { folderOf, readArguments } from './arguments.ts';
import { buildStale } from './build.ts';
import { DESTINATION, runLocally, SOURCE, USUAL_PORT, type Prepared } from './local.ts';
import { listenerOn } from './processes.ts';
import { redirectUris, startBackend } from './stack.ts';
import { STATE } from './workspace.ts';

/** @param args `--from DIR`: the real folder put into the sandbox's source account */
export default function start(args: string[]) {
  const { from } = readArguments('start', args, { from: { type: 'string' } }).values;
  return runLocally({
    from: from === undefined ? undefined : folderOf('start', 'from', from),
    build: buildStale,
    serve: async (prepared) => {
      const api = await startBackend({ env: prepared.env, logFile: join(STATE, 'logs/api.log') });
      return { parts: [api], screen: screen({ ...prepared, api }) };
    },
  });
}

function screen({ port, publicUrl, redis, sandbox, api }: Prepared & { api: { logFile: string } }) {
  const url = `http://localhost:${port}`;
  const movedFrom = !process.env.PORT && port !== USUAL_PORT ? USUAL_PORT : undefined;
  const lines = ['', `  CloudMover is ready:  ${url}`, ''];
  if (movedFrom)
    lines.push(
      `  (Port ${movedFrom} is taken by ${listenerOn(movedFrom) ?? 'another program'}, so this is the next free one. Set PORT to choose one.)`,
      '',
    );
  if (sandbox) {
    lines.push(
      '  No Google credentials are set, so a sandbox stands in for Google, at about its pace. It has two accounts:',
      `    ${SOURCE}   the source: a person's Drive, and the folder ${sandbox.folder}`,
      `    ${DESTINATION}     the destination: empty`,
      '',
      '  What to do next: open the address, connect both accounts (no password needed), select',
      '  files on the left, choose a folder on the right, press Review, then Copy.',
      '',
      '  Your own folder as the source:  npm start -- --from DIR',
      '  Real Google instead:            set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET (or put them into',
      '                                  a file named .env); "npm run doctor" reports what else it needs',
    );
  } else {
    lines.push(
      '  Google: with your client. These redirect addresses must be registered there:',
      ...redirectUris(publicUrl).map((uri) => `    ${uri}`),
      '',
      '  "npm run doctor" checks the rest.',
    );
  }
  lines.push(
    '',
    `  API console  ${url}/docs`,
    ...(sandbox ? [`  Sandbox      ${sandbox.url}`] : []),
    `  Redis        ${redis.words}`,
    `  Log          ${api.logFile}`,
    '',
    '  Ctrl-C stops everything; sessions and transfers are kept.',
    '',
  );
  return lines.join('\n');
}
