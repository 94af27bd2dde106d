#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { EXIT } from './errors.ts';
import { run } from './program.ts';

const stop = new AbortController();
process.on('SIGINT', () => {
  // A second Ctrl-C ends it at once.
  if (stop.signal.aborted) process.exit(EXIT.interrupted);
  stop.abort();
});
// The reader may close the pipe, as `head` does: the command goes on, and its exit code still states its outcome.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

/** Opens the browser that BROWSER names, or the system's. Never throws: the address is printed, too. */
function openBrowser(url: string): void {
  const [program, ...args] = process.env['BROWSER']
    ? [process.env['BROWSER'], url]
    : process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? // Not `start`, for which cmd would read the address as a command line.
          ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url];
  const browser = spawn(program, args, { stdio: 'ignore', detached: true });
  browser.on('error', () => undefined);
  browser.unref();
}

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
  signal: stop.signal,
  openBrowser,
});
