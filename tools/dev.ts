// `npm run dev`: API and portal in watch mode. The API is recompiled and restarted at each change; Angular's
// development server serves the portal, reloads the page and proxies the API. It has its own ports, data and build
// output, so that it can run beside `npm start`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { folderOf, readArguments } from './arguments.ts';
import { CHECKOUT } from './checkout.ts';
import { DESTINATION, runLocally, SOURCE } from '../server/local.ts';
import { answers, launch, nextFreePort, untilReady } from './processes.ts';
import { ROOT, say, STATE, withoutSettings, writeWhole } from './workspace.ts';

const PORTAL_PORT = 4200;
/** Node's default. */
const INSPECTOR_PORT = 9229;

/** @param args `--from DIR` as for `npm start`, and `--inspect` for a debugger of the API */
export default function dev(args: string[]) {
  const options = { from: { type: 'string' }, inspect: { type: 'boolean' } } as const;
  const { from, inspect } = readArguments('dev', args, options).values;
  return runLocally({
    installation: CHECKOUT,
    from: from === undefined ? undefined : folderOf('dev', 'from', from),
    serve: async ({ env, port, publicUrl, redis, sandbox }) => {
      const portalPort = await nextFreePort(PORTAL_PORT);
      const portalUrl = `http://localhost:${portalPort}`;
      const inspector = inspect ? `127.0.0.1:${await nextFreePort(INSPECTOR_PORT)}` : undefined;
      const api = launch({
        name: 'The API in watch mode',
        command: [
          process.execPath,
          join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js'),
          ...['start', '--watch', '--preserveWatchOutput', '--path', 'tsconfig.dev.json'],
          ...(inspector ? ['--debug', inspector] : []),
        ],
        cwd: join(ROOT, 'backend'),
        env: { ...env, PORTAL_URL: portalUrl },
      });
      const portal = launch({
        name: "The portal's development server",
        command: [
          ...[process.execPath, join(ROOT, 'node_modules/@angular/cli/bin/ng.js'), 'serve'],
          ...['--port', String(portalPort), '--proxy-config', proxyTo(port)],
        ],
        cwd: join(ROOT, 'frontend'),
        // Without PORT, which the server would use.
        env: { ...withoutSettings(), NG_CLI_ANALYTICS: 'false' },
      });
      say('• Compiling both sides (about 30 s) …');
      // Kills the development server at once: it has nothing to finish, and its compiler prints errors when it is
      // stopped.
      const parts = [api, { ...portal, stop: () => portal.stop(0) }];
      try {
        await Promise.all([
          untilReady(api, () => answers(`http://127.0.0.1:${port}/health/ready`), 180_000),
          untilReady(portal, () => answers(portalUrl), 180_000),
        ]);
      } catch (error) {
        await Promise.all(parts.map((part) => part.stop()));
        throw error;
      }
      const lines = [
        '',
        `  Portal  ${portalUrl}   (reloads at each change)`,
        `  API     ${publicUrl}   (restarts at each change; console at /docs)`,
        ...(sandbox
          ? [`  Google  sandbox at ${sandbox.url}, accounts ${SOURCE} and ${DESTINATION}`]
          : ['  Google  with your client']),
        `  Redis   ${redis.words}`,
        ...(inspector ? [`  Debug   the API, at ${inspector} (chrome://inspect, or your editor's "attach")`] : []),
        '',
        '  Ctrl-C stops everything.',
        '',
      ];
      return { parts, screen: lines.join('\n') };
    },
  });
}

/** The portal's proxy configuration with the API's port of this run. */
function proxyTo(port: number) {
  const rules = JSON.parse(readFileSync(join(ROOT, 'frontend/proxy.conf.json'), 'utf8')) as Record<
    string,
    { target: string }
  >;
  for (const rule of Object.values(rules)) rule.target = `http://127.0.0.1:${port}`;
  const path = join(STATE, 'proxy.conf.json');
  writeWhole(path, JSON.stringify(rules));
  return path;
}
