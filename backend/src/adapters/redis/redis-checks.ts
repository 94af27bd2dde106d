// The product runs this when it starts, and the doctor reads it as it is, before anything is built: hence imports with
// their real names, types that can be left out, and no client of its own.
import type { Config, HostAndPort } from '../../config/config.ts';

/** One line: what is so, and the cure where it is not as it should be. */
export interface RedisFinding {
  /** `bad`: it must not be run so; `note`: worth knowing. */
  readonly level: 'good' | 'note' | 'bad';
  readonly text: string;
}

export type CheckedRedis = Pick<Config['redis'], 'place' | 'username' | 'password' | 'tlsCa'>;

/** One server, and as whom to speak to it. */
export interface RedisAddress extends HostAndPort {
  readonly tls: boolean;
  /** Of its certificate; without it, those that Node trusts. */
  readonly ca?: string;
  readonly username?: string;
  readonly password?: string;
}

/**
 * Sends commands over a connection of their own and answers the replies in order, an Error in place of one that is an
 * error.
 * @throws Error when there is no connection, its `code` or message saying why, or the user or password is refused
 */
export type AskRedis = (address: RedisAddress, commands: readonly (readonly string[])[]) => Promise<readonly unknown[]>;

/** Looks further at one server than a start does. */
type MoreChecks = (server: RedisAddress, circumstances: Circumstances) => Promise<RedisFinding[]>;

export interface Circumstances {
  readonly ask: AskRedis;
  readonly more?: MoreChecks | undefined;
  /** In production, what merely may lose data is bad too. */
  readonly production: boolean;
  /** The variable that says where it is, and the one that holds the password. */
  readonly variable: string;
  readonly secret: string;
}

/** The oldest with WAITAOF, on which transfers rely. */
const OLDEST = [7, 2] as const;
export const DEFAULT_USER = 'default';
export const LOCAL = ['localhost', '127.0.0.1', '::1'];

/**
 * Checks how Redis is set up; changes nothing there.
 * @returns what is so, line by line; never a secret
 */
export async function checkRedis(
  settings: CheckedRedis,
  how: Pick<Circumstances, 'ask' | 'production' | 'more'>,
): Promise<RedisFinding[]> {
  const { place, username, password, tlsCa } = settings;
  const common = { ...(tlsCa && { ca: tlsCa }), ...(username && { username }), ...(password && { password }) };
  if (place.kind === 'node')
    return checkServer(addressOf(place.url, tlsCa), { ...how, variable: 'REDIS_URL', secret: 'REDIS_URL' });
  const toServer = (at: HostAndPort): RedisAddress => ({ ...common, ...at, tls: tlsCa !== undefined });
  if (place.kind === 'cluster') {
    const circumstances = { ...how, variable: 'REDIS_CLUSTER_NODES', secret: 'REDIS_PASSWORD' };
    return checkCluster(place.nodes.map(toServer), circumstances);
  }
  const { sentinelPassword, name } = place;
  const sentinels = place.sentinels.map((at): RedisAddress => ({
    ...at,
    tls: tlsCa !== undefined,
    ...(tlsCa && { ca: tlsCa }),
    ...(sentinelPassword && { password: sentinelPassword }),
  }));
  const circumstances = { ...how, variable: 'REDIS_SENTINELS', secret: 'REDIS_PASSWORD' };
  return checkSentinels(sentinels, name, toServer, circumstances);
}

function addressOf(url: string, ca: string | undefined): RedisAddress {
  const { hostname, port, protocol, username, password } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || 6379,
    tls: protocol === 'rediss:',
    ...(ca && { ca }),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
  };
}

/** Asks the nodes for the masters, and checks each of them. */
async function checkCluster(nodes: readonly RedisAddress[], circumstances: Circumstances): Promise<RedisFinding[]> {
  const { variable } = circumstances;
  const replies = await Promise.all(
    nodes.map(async (node) => {
      const name = nameOf(node);
      try {
        const [info, slots] = await circumstances.ask(node, [
          ['CLUSTER', 'INFO'],
          ['CLUSTER', 'SLOTS'],
        ]);
        for (const reply of [info, slots]) if (isError(reply)) throw reply;
        return { node, info: String(info), slots: slots as readonly SlotRange[] };
      } catch (error) {
        if (/cluster support disabled/i.test(messageOf(error)))
          return bad(`Redis (${name}) is no node of a Cluster. Name a single Redis by REDIS_URL, not by ${variable}.`);
        return bad(failure(error, node, circumstances));
      }
    }),
  );
  const findings = replies.filter((answer) => 'level' in answer);
  const answer = replies.find((each) => 'slots' in each);
  // One node that answers is enough to work with.
  if (!answer) return findings;
  const serves = /cluster_state:ok/.test(answer.info);
  const masters = new Map(
    answer.slots.map(([, , [host, port]]) => {
      // A node that has met no other does not know its own address.
      const master = { ...answer.node, host: host || answer.node.host, port };
      return [nameOf(master), master];
    }),
  );
  return [
    ...findings.map(({ text }) => note(text)),
    serves
      ? good('Redis Cluster: every slot is served')
      : bad('Redis Cluster is not ready: not every slot is served. Type "redis-cli --cluster check" on a node of it.'),
    ...(await Promise.all([...masters.values()].map((master) => checkServer(master, circumstances, 'cluster')))).flat(),
  ];
}

type SlotRange = readonly [first: number, last: number, master: readonly [host: string, port: number, ...unknown[]]];

/** Asks each Sentinel for the master, and checks that one. */
async function checkSentinels(
  sentinels: readonly RedisAddress[],
  name: string,
  toServer: (at: HostAndPort) => RedisAddress,
  circumstances: Circumstances,
): Promise<RedisFinding[]> {
  const findings: RedisFinding[] = [];
  const masters = new Map<string, HostAndPort>();
  for (const sentinel of sentinels) {
    try {
      const [master] = await circumstances.ask(sentinel, [['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]]);
      if (isError(master)) throw master;
      if (!master) {
        findings.push(bad(`The Sentinel ${nameOf(sentinel)} knows no master "${name}". Correct REDIS_SENTINEL_NAME.`));
        continue;
      }
      const [host, port] = master as [string, string];
      masters.set(`${host}:${port}`, { host, port: Number(port) });
    } catch (error) {
      const secret = 'REDIS_SENTINEL_PASSWORD';
      findings.push(bad(failure(error, sentinel, { ...circumstances, secret }, 'The Sentinel')));
    }
  }
  if (masters.size === 0) return findings;
  const names = [...masters.keys()];
  return [
    // One that answers is enough to work with; the others are missed when it fails.
    ...findings.map(({ level, text }) => (/knows no master/.test(text) ? { level, text } : note(text))),
    names.length > 1
      ? bad(`The Sentinels disagree about the master: ${names.join(', ')}.`)
      : good(`The Sentinels name the master: ${names[0]}`),
    ...(await Promise.all([...masters.values()].map((at) => checkServer(toServer(at), circumstances)))).flat(),
  ];
}

/** One Redis that is to hold keys; it may stop answering at any question. */
const checkServer = (...server: Parameters<typeof findingsOf>): Promise<RedisFinding[]> =>
  findingsOf(...server).catch((error: unknown) => [bad(failure(error, server[0], server[1]))]);

async function findingsOf(
  address: RedisAddress,
  circumstances: Circumstances,
  inCluster?: 'cluster',
): Promise<RedisFinding[]> {
  const name = nameOf(address);
  const { ask, production, variable, secret, more } = circumstances;
  const [pong, info] = await ask(address, [['PING'], ['INFO']]);
  for (const reply of [pong, info])
    if (isError(reply) && !isDenied(reply)) return [bad(failure(reply, address, circumstances))];
  const noPassword = `Redis (${name}) asks for no password. Give it a user with one (docs/redis-users.acl) and put it into ${secret}.`;
  const mayBeOpen = LOCAL.includes(address.host) && !production;
  return [
    good(`Redis (${name}) answers`),
    ...(address.password ? [] : [mayBeOpen ? note(noPassword) : bad(noPassword)]),
    ...(await checkDefaultUser(address, circumstances)),
    ...tellsOf(isError(info) ? '' : String(info), { weak: weakIf(production), name, variable, inCluster }),
    ...((await more?.(address, circumstances)) ?? []),
  ];
}

/** What may lose data, but only data of a trial where it is not production. */
export const weakIf = (production: boolean) => (production ? bad : note);

/**
 * Whether the password also opens `default`, the user of every connection that names none. It may do everything, so
 * that the rights of the product's own user would protect nothing
 * (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/).
 */
async function checkDefaultUser(
  address: RedisAddress,
  { ask, production, secret }: Circumstances,
): Promise<RedisFinding[]> {
  const { username = DEFAULT_USER, password } = address;
  if (!password) return [];
  if (username === DEFAULT_USER) {
    if (!production) return [];
    const variable = secret === 'REDIS_URL' ? secret : 'REDIS_USERNAME';
    return [
      bad(
        `${variable} names the user "default", which may do everything. Name the user of docs/redis-users.acl, ` +
          'and set "user default off" in Redis.',
      ),
    ];
  }
  try {
    await ask({ ...address, username: DEFAULT_USER }, [['PING']]);
  } catch (error) {
    if (REFUSED_PASSWORD.test(messageOf(error))) return [];
    return [
      note(`Redis (${nameOf(address)}) did not say whether it also accepts the password for its user "default".`),
    ];
  }
  const text =
    `Redis (${nameOf(address)}) accepts the password of "${username}" also for its user "default", which may do everything. ` +
    'Set "user default off" there, or give it another password.';
  return [production ? bad(text) : note(text)];
}

/** Compares what INFO reports with what it should be. */
function tellsOf(
  info: string,
  about: { weak: (text: string) => RedisFinding; name: string; variable: string; inCluster?: 'cluster' | undefined },
): RedisFinding[] {
  const { weak, name, variable, inCluster } = about;
  const infoField = (field: string) => new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const findings: RedisFinding[] = [];

  const valkey = infoField('valkey_version');
  const version = valkey ?? infoField('redis_version');
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (!version) findings.push(note(`Redis does not report its version; ${OLDEST.join('.')} or newer is needed.`));
  else if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]))
    findings.push(good(`${valkey ? 'Valkey' : 'Redis'} version ${version}`));
  else findings.push(bad(`Redis is version ${version}; ${OLDEST.join('.')} or newer is needed (WAITAOF). Update it.`));

  if (infoField('role') === 'slave')
    findings.push(
      bad(
        `Redis (${name}) is a replica, which takes no writes. Let ${variable} name its master, or name Sentinels by REDIS_SENTINELS.`,
      ),
    );
  if (infoField('cluster_enabled') === '1' && !inCluster)
    findings.push(bad(`Redis (${name}) is a node of a Cluster. Name its nodes by REDIS_CLUSTER_NODES.`));

  if (infoField('aof_enabled') === '1') findings.push(good('Redis keeps an append-only file'));
  else if (infoField('aof_enabled') === '0')
    findings.push(
      weak('Redis keeps no append-only file: a power cut would lose transfers. Set "appendonly yes" in redis.conf.'),
    );
  else findings.push(note('Redis does not report whether it keeps an append-only file. It must: "appendonly yes".'));
  if (infoField('aof_last_write_status') === 'err')
    findings.push(bad('Redis cannot write its append-only file. Make room on its disk.'));

  const policy = infoField('maxmemory_policy');
  if (policy === 'noeviction') findings.push(good('Redis never evicts'));
  else if (policy)
    findings.push(
      weak(
        `Redis may evict keys (maxmemory-policy ${policy}): sessions and transfers would be lost. Set "maxmemory-policy noeviction".`,
      ),
    );
  return findings;
}

/** Of a user who may not do this; a key is refused like a command. */
export function isDenied(reply: unknown): boolean {
  return isError(reply) && reply.message.startsWith('NOPERM');
}

/** Only error replies have a `message`. */
export function isError(reply: unknown): reply is Error & { readonly code?: unknown } {
  return typeof reply === 'object' && reply !== null && 'message' in reply;
}

export function messageOf(error: unknown): string {
  return isError(error) ? error.message : '';
}

const REFUSED_PASSWORD = /^(WRONGPASS|ERR invalid password|ERR AUTH|AUTH failed)/;

/** Why a server cannot be worked with, and the cure. Codes are OpenSSL's and Node's (https://nodejs.org/api/errors.html). */
const FAILURES: readonly (readonly [RegExp, (name: string, of: Circumstances & RedisAddress) => string])[] = [
  [
    REFUSED_PASSWORD,
    (name, { username, secret }) =>
      `Redis (${name}) refuses the password of the user "${username ?? 'default'}" (WRONGPASS). Correct ${secret}${username ? ', or the user' : ''}.`,
  ],
  [/^NOAUTH/, (name, { secret }) => `Redis (${name}) asks for a password (NOAUTH). Put it into ${secret}.`],
  [/^LOADING/, (name) => `Redis (${name}) is still reading its file. Start again in a moment.`],
  [
    /^DENIED/,
    (name) =>
      `Redis (${name}) is in protected mode and refuses other machines. Give it users (docs/redis-users.acl) and "bind" it to its address.`,
  ],
  [
    /ALTNAME_INVALID|does not match certificate/,
    (name, { variable }) =>
      `Redis (${name}) shows a certificate for another host. Set ${variable} to a name in the certificate, or issue a new certificate.`,
  ],
  [
    /CERT_HAS_EXPIRED|certificate has expired/,
    (name) => `Redis (${name}) shows a certificate that has expired. Renew it there.`,
  ],
  [
    /SELF_SIGNED|UNABLE_TO_|CERT_|self.signed|unable to (verify|get)/,
    (name, { ca }) =>
      `Redis (${name}) shows a certificate that ${ca ? 'the authority in REDIS_TLS_CA_FILE did not sign' : 'no known authority signed'}. Let REDIS_TLS_CA_FILE name the authority that did.`,
  ],
  [
    /ALERT_CERTIFICATE_REQUIRED|certificate required|HANDSHAKE_FAILURE|handshake failure/i,
    (name) => `Redis (${name}) asks for a certificate of the client. Set "tls-auth-clients no" there.`,
  ],
  [
    /WRONG_VERSION_NUMBER|wrong version number|PACKET_LENGTH|packet length|EPROTO/,
    (name, { variable }) =>
      `Redis (${name}) does not speak TLS there. ${variable === 'REDIS_URL' ? 'Write redis://…' : 'Unset REDIS_TLS_CA_FILE'}, or name its TLS port.`,
  ],
];

function failure(error: unknown, address: RedisAddress, circumstances: Circumstances, what = 'Redis'): string {
  const code = isError(error) && typeof error.code === 'string' ? error.code : '';
  const message = messageOf(error).replace(/\.$/, '');
  const name = nameOf(address);
  const known = FAILURES.find(([pattern]) => pattern.test(code) || pattern.test(message));
  if (known) return known[1](name, { ...address, ...circumstances }).replace(/^Redis/, what);
  const { variable } = circumstances;
  const byUrl = variable === 'REDIS_URL';
  let hint = '';
  // One that expects TLS hangs up, or sends an alert; one that does not waits for the end of a line.
  if (!address.tls && /closed|Protocol error|not Redis|ECONNRESET/.test(`${code} ${message}`))
    hint = ` If it speaks TLS there, ${byUrl ? 'write rediss://…' : 'set REDIS_TLS_CA_FILE'}.`;
  if (address.tls && /ETIMEDOUT|no answer|imeout|ECONNRESET|closed/.test(`${code} ${message}`))
    hint = ` If it does not speak TLS there, ${byUrl ? 'write redis://…' : 'unset REDIS_TLS_CA_FILE'}, or name its TLS port.`;
  return `${what} (${name}) does not respond: ${code || message || 'no reason given'}. Start it, or correct ${variable}.${hint}`;
}

export function nameOf({ host, port }: HostAndPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export function good(text: string): RedisFinding {
  return { level: 'good', text };
}

export function note(text: string): RedisFinding {
  return { level: 'note', text };
}

export function bad(text: string): RedisFinding {
  return { level: 'bad', text };
}
