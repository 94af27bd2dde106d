// The commands of the npm scripts and their help. Imports nothing, so that help needs no packages.

/** `npm start` and `npm test` are npm's own; the others need `run`. */
const WITHOUT_RUN = ['start', 'test'];

/**
 * @typedef {object} Command
 * @property {string} what one line
 * @property {string} [takes] what may follow `--`; without it the command refuses arguments
 * @property {[string, string][]} [options] each with what it does
 * @property {string[]} [notes] lines that users need to know
 * @property {string[]} [examples] what may follow the command's name
 */

/** @type {Record<string, Command>} */
export const COMMANDS = {
  start: {
    what: 'Runs the product, ready to use: on the sandbox, or on real Google where its credentials are set.',
    takes: '[--from DIR]',
    options: [['--from DIR', 'puts your own folder into the sandbox’s source account']],
    notes: [
      'Settings come from the environment and from the file .env; see Configuration in README.md.',
      'Ctrl-C stops everything. Sessions and transfers are kept in .cloudmover.',
    ],
    examples: ['', '-- --from ~/Documents'],
  },
  test: {
    what: 'Runs all tests.',
    takes: '[backend|cli|sandbox|frontend|browser|tools …] [PATTERN] [JEST OPTIONS]',
    options: [
      ['backend, cli, sandbox, frontend, browser, tools', 'these parts only; without one, all of them'],
      ['PATTERN, -t NAME, …', 'after exactly one part: handed over to Jest'],
    ],
    examples: ['', '-- backend', '-- backend transfers.spec -t "resumes"'],
  },
  demo: {
    what: 'Transfers a real folder without a browser and compares the result byte by byte.',
    takes: '--from DIR [--keep] [--relay]',
    options: [
      ['--from DIR', 'the folder to transfer'],
      ['--keep', 'leaves everything running afterwards'],
      ['--relay', 'streams every file instead of copying inside Google'],
    ],
    notes: ['Exits with 0 only if every byte is identical.'],
    examples: ['-- --from ~/Documents'],
  },
  'verify-report': {
    what: 'Checks the report of a transfer against both drives, without CloudMover.',
    takes: 'FILE [--access FILE] [--links FILE] [--bytes] [--sha256 HEX] [--api-root URL]',
    options: [
      ['FILE', 'the report, JSON or CSV'],
      ['--access FILE', 'the transfer’s access.csv: also checks who can open each copy, and its restrictions'],
      ['--links FILE', 'the transfer’s links.csv: also checks that its links add up to those of the report'],
      ['--bytes', 'downloads both sides of every file and compares them'],
      ['--sha256 HEX', 'the fingerprint of the report that its certificate states'],
      ['--api-root URL', 'a stand-in for Google, such as the sandbox (default: GOOGLE_BASE_URL, or Google)'],
    ],
    notes: [
      'Reads SOURCE_ACCESS_TOKEN and DESTINATION_ACCESS_TOKEN, or the files named by …_FILE.',
      'Exits with 0 only if nothing is wrong.',
    ],
    examples: ['-- report.json', '-- report.csv --bytes', '-- report.json --access access.csv'],
  },
  'live-check': {
    what: 'Checks with two accounts whether Google behaves as CloudMover assumes.',
    takes: '[OPTIONS]',
    options: [
      ['--server URL', 'uses a running CloudMover (with its OPERATOR_KEY and OAuth client), not one of its own'],
      ['--no-transfer', 'asks Google only, without CloudMover'],
      ['--patience N', 'seconds to wait for a share or an index (60)'],
      ['--port N', 'of the registered redirect address http://localhost:N/auth/{side}/callback (3000)'],
      ['--clean', 'only deletes what an earlier check left behind'],
      ['--json', 'prints the report as JSON'],
    ],
    notes: [
      'Creates a small tree in its own folder, transfers it by both methods (server-side copy and relay), compares,',
      'undoes and deletes it, and reports which assumptions held. It touches nothing else; the report names no file.',
      'At most 400 requests, and about 200 more by CloudMover and the comparison.',
      'Reads GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, and SOURCE_REFRESH_TOKEN and DESTINATION_REFRESH_TOKEN (or',
      '…_FILE); without these two it prints addresses to sign in at. See docs/live-check.md.',
      'Exits with 0 only if no assumption differs and nothing is left behind.',
    ],
    examples: ['', '-- --json'],
  },
  doctor: {
    what: 'Reports what a configuration for real Google or a production Redis still lacks.',
    notes: [
      'Reads the environment and the file .env, and changes nothing. Exits with 1 if something essential is missing.',
    ],
  },
  dev: {
    what: 'Runs both sides in watch mode; beside npm start, if you like.',
    takes: '[--from DIR] [--inspect]',
    options: [
      ['--from DIR', 'puts your own folder into the sandbox’s source account'],
      ['--inspect', 'lets a debugger attach to the API'],
    ],
    notes: ['Sessions and transfers are kept in .cloudmover/dev.'],
  },
  sandbox: {
    what: 'Runs the stand-in for Google alone.',
    takes: '[OPTIONS]',
    options: [
      ['--port N', 'port (4010; 0 takes a free one)'],
      ['--host ADDRESS', 'address to listen on (127.0.0.1: this machine only)'],
      ['--accounts A,B', 'e-mail addresses (alice@example.com,bob@example.com)'],
      ['--import DIR[:ACCOUNT]', 'puts a real folder into an account (the first); may be repeated'],
      ['--preset NAME[:ACCOUNT]', 'fills an account with a realistic tree; may be repeated'],
      ['--preset-seed N', 'seed of the random figures, names and permissions in presets (1)'],
      ['--seed-demo', 'fills the first account with a realistic personal Drive'],
      ['--client ID:SECRET=URI[,URI]', 'registers an OAuth client; may be repeated'],
      ['--data DIR', 'keeps everything in DIR between starts'],
    ],
    notes: [
      'See sandbox/README.md. The variable SANDBOX_CLIENTS registers clients without showing secrets in the process list.',
    ],
    examples: ['-- --port 4010 --import ~/Documents'],
  },
  conformance: {
    what: 'Checks the sandbox’s model of Google: on a fresh sandbox or, with --real, on Google.',
    takes: '[--real] [OPTIONS]',
    options: [
      ['--real', 'asks Google with two accounts of yours: the rows that need no control call'],
      ['--only AREA[,AREA]', 'the rows of these areas, the files in sandbox/conformance/areas'],
      ['--alice FILE, --bob FILE', 'credentials of the accounts (or CONFORMANCE_ALICE and CONFORMANCE_BOB)'],
      ['--dry-run', 'lists what would run and how many requests it needs, and sends nothing'],
      ['--max-requests N', 'never sends more (2000)'],
      ['--pace MS', 'milliseconds between two requests (250)'],
      ['--patience S', 'seconds to repeat a read that may be too early (30)'],
      ['--api URL', 'another server in place of Google'],
      ['--record FILE', 'where dates and answers are stored (sandbox/conformance/areas/verified.json)'],
    ],
    notes: [
      'Works in folders of its own and deletes them, also after Ctrl-C. See "Check against Google" in sandbox/README.md.',
      'Exits with 0 only if every row holds and every switch has the default that agrees with Google.',
    ],
    examples: ['', '-- --real --dry-run', '-- --real --only uploads --alice alice.json --bob bob.json'],
  },
  chaos: {
    what: 'Runs transfers whose workers are killed, whose Redis loses power, and more; checks that each file arrived once.',
    takes: '[--seed N] [--runs N] [--only NAME …] [--list]',
    options: [
      ['--seed N', 'repeats the run with this number'],
      ['--runs N', 'how often each scenario runs (1), with the seed N, N + 1, …'],
      ['--only NAME', 'scenarios whose name is, or contains, this; can be repeated'],
      ['--list', 'lists the scenarios'],
    ],
    examples: [
      '-- --list',
      '-- --seed 42 --only power',
      '-- --seed 1 --runs 50 --only "kill anywhere, shared, copy" --only "kill anywhere, shared-drive, copy"',
    ],
  },
  bench: {
    what: 'Measures, side by side within one run; prints a line of key=value for each result.',
    takes: '[NAME …] [--seconds N]',
    options: [
      [
        'NAME',
        'engine, relay, million, workers, resume, ledger, pacing, sessions, portal, sandbox, start and more; all without one',
      ],
      ['--seconds N', 'how long, for measurements that run for a set time'],
    ],
    examples: ['-- start', '-- pacing --seconds 60'],
  },
  build: { what: 'Builds API and portal where they are stale.' },
  reencrypt: {
    what: 'Re-encrypts all records in Redis with the first key of CREDENTIALS_KEYS.',
    notes: ['May run beside the product. See "Changing the key" in README.md for the order of the steps.'],
  },
  lint: {
    what: 'Checks types, style, formatting, the import rule, packages and openapi.json.',
    takes: '[backend|cli|frontend|sandbox|tools …]',
    options: [['backend, cli, frontend, sandbox, tools', 'these projects only; without one, all of them']],
  },
  check: {
    what: 'Checks what this checkout changes: types, style, formatting and the nearest unit specs.',
    takes: '[BRANCH]',
    options: [['BRANCH', 'what to compare with, a branch or commit (main)']],
    notes: ['Runs at most 15 specs of a project, and says how many more it leaves to npm test.'],
  },
  nx: {
    what: 'Runs nx, such as nx affected -t test, with the pinned Node.',
    takes: 'ARGUMENTS',
    notes: ['Targets: build, test, lint, e2e. What has run on the same inputs is not run again.'],
    examples: ['-- affected -t test', '-- run-many -t lint'],
  },
  openapi: {
    what: 'Regenerates backend/openapi.json, the portal’s client and the types of the command line.',
    takes: '[--check]',
    options: [['--check', 'changes nothing, and fails where they differ']],
  },
  'supply-chain': {
    what: 'Checks where the packages come from, and their licences. A part of lint.',
    takes: '[--write]',
    options: [['--write', 'first writes the packages’ addresses into package-lock.json, where npm install omits them']],
  },
  sbom: {
    what: 'Writes a CycloneDX bill of materials of the packages that ship.',
    takes: '[FILE]',
    options: [['FILE', 'where to; standard output without it (npm run --silent sbom)']],
    examples: ['-- sbom.json'],
  },
  'pin-images': {
    what: 'Writes the digests of the container images, looked up in their registry.',
    takes: '[--check]',
    options: [['--check', 'changes nothing, and fails where a tag has moved']],
  },
  'image-check': {
    what: 'Builds the container image, and runs a transfer through docker-compose.yml with it.',
    notes: [
      'Uses Docker or Podman with Compose. Without them it needs root, buildah and debootstrap (Debian: apt-get install',
      'buildah netavark debootstrap iproute2), and says what it did not check. API and worker are killed and replaced',
      'meanwhile. The base image that buildah uses is kept: buildah rmi localhost/cloudmover-check-base:VERSION removes it.',
    ],
  },
  audit: { what: 'Asks the registry for known vulnerabilities of what ships.' },
};

/** The module of a command, from this folder. */
export const moduleOf = (name) => (['bench', 'chaos'].includes(name) ? `../backend/${name}/main.ts` : `./${name}.ts`);

/** Whether help is requested. */
export const wantsHelp = (args) => args.includes('--help') || args.includes('-h');

/** What `--help` prints for a command. */
export function helpOf(name) {
  const { what, takes, options = [], notes = [], examples = [] } = COMMANDS[name];
  const call = `npm ${WITHOUT_RUN.includes(name) ? '' : 'run '}${name}`;
  const width = Math.max(...options.map(([option]) => option.length), 0);
  const blocks = [
    [what],
    [`Usage: ${call}${takes ? ` -- ${takes}` : ''}`],
    options.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`),
    notes,
    examples.length > 0 ? ['Examples:', ...examples.map((example) => `  ${call} ${example}`.trimEnd())] : [],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** The commands, a line each. */
export function listOfCommands() {
  const lines = Object.entries(COMMANDS).map(([name, { what }]) => `  ${name.padEnd(13)} ${what}`);
  return `${lines.join('\n')}\n\nMore about one of them: npm run NAME -- --help`;
}
