// `npm run dev`: both sides in watch mode. The API is compiled and started again at each change, the portal is served
// by Angular's development server, which reloads the page and hands the API's addresses on to it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { DESTINATION, runLocally, SOURCE } from './local.ts';
import { answers, launch, nextFreePort, untilReady } from './processes.ts';
import { readArguments } from './start.ts';
import { ROOT, say, STATE, withoutSettings, writeWhole } from './workspace.ts';

const PORTAL_PORT = 4200;

/** @param args `--from DIR` as for `npm start` */
export default function dev(args: string[]) {
  return runLocally({
    from: readArguments(args, 'dev'),
    serve: async ({ env, port, publicUrl, redis, sandbox }) => {
      const portalPort = await nextFreePort(PORTAL_PORT);
      const portalUrl = `http://localhost:${portalPort}`;
      const api = launch({
        name: 'The API in watch mode',
        command: [
          process.execPath,
          join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js'),
          'start',
          '--watch',
          '--preserveWatchOutput',
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
        // Without PORT, which it would take for its own.
        env: { ...withoutSettings(), NG_CLI_ANALYTICS: 'false' },
      });
      say('• Compiling both sides (about 30 s) …');
      // The development server has nothing to finish, and its compiler complains at length when it is let down gently.
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
        `  API     ${publicUrl}   (starts again at each change; console at /docs)`,
        ...(sandbox
          ? [`  Google  sandbox at ${sandbox.url}, accounts ${SOURCE} and ${DESTINATION}`]
          : ['  Google  with your client']),
        `  Redis   ${redis.words}`,
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
