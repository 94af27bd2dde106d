// The product, built and ready to use: `npm start` and `cloudmover serve`.
import { join } from 'node:path';
import process from 'node:process';
import { listenerOn } from '../tools/processes.ts';
import { STATE } from '../tools/workspace.ts';
import { DESTINATION, type Installation, type Prepared, runLocally, SOURCE, USUAL_PORT } from './local.ts';
import { redirectUris, startBackend } from './parts.ts';

/**
 * Runs the product until it is stopped.
 * @param options.from a real folder for the sandbox's source account
 * @param options.build projects to build first
 */
export function serve({
  installation,
  from,
  build,
}: {
  installation: Installation;
  from: string | undefined;
  build?: () => Promise<void>;
}) {
  return runLocally({
    installation,
    from,
    ...(build && { build }),
    serve: async (prepared) => {
      const { backend: main } = installation;
      const api = await startBackend({
        env: prepared.env,
        logFile: join(STATE, 'logs/api.log'),
        ...(main && { main }),
      });
      return { parts: [api], screen: screen({ ...prepared, api, installation }) };
    },
  });
}

function screen({
  port,
  publicUrl,
  redis,
  sandbox,
  api,
  installation: { command, advice },
}: Prepared & { api: { logFile: string }; installation: Installation }) {
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
      `    ${SOURCE}   the source: a person's Drive${sandbox.folder ? `, and the folder ${sandbox.folder}` : ''}`,
      `    ${DESTINATION}     the destination: empty`,
      '',
      '  What to do next: open the address, connect both accounts (no password needed), select',
      '  files on the left, choose a folder on the right, press Review, then Copy.',
      '',
      `  Your own folder as the source:  ${command} --from DIR`,
      '  Real Google instead:            set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET (or put them into',
      `                                  a file named .env); ${advice}`,
    );
  } else {
    lines.push(
      '  Google: with your client. These redirect addresses must be registered there:',
      ...redirectUris(publicUrl).map((uri) => `    ${uri}`),
      '',
      `  ${advice}`,
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
