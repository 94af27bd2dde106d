// CloudMover runs these checks when it starts. The doctor runs this file unbuilt, so it imports files by their real
// names, uses only erasable types, and has no Redis client of its own.
import type { Config, HostAndPort } from '../../config/config.ts';

/** A result with the fix, if it is not good. */
export interface RedisFinding {
  /** `bad`: must not be used like this; `note`: worth knowing. */
  readonly level: 'good' | 'note' | 'bad';
  readonly text: string;
}

export type CheckedRedis = Pick<Config['redis'], 'place' | 'username' | 'password' | 'tlsCa' | 'auditorPassword'>;

/** A server and the user to connect as. */
export interface RedisAddress extends HostAndPort {
  readonly tls: boolean;
  /** CA for its certificate; default: those that Node trusts. */
  readonly ca?: string;
  readonly username?: string;
  readonly password?: string;
}

/**
 * Sends commands over a separate connection and returns the replies in order; an error reply is an Error.
 * @throws Error if it can't connect (`code` or message state why), or the user or password is refused
 */
export type AskRedis = (address: RedisAddress, commands: readonly (readonly string[])[]) => Promise<readonly unknown[]>;

/** Checks one server further than a start does. */
type MoreChecks = (server: RedisAddress, circumstances: Circumstances) => Promise<RedisFinding[]>;

export interface Circumstances {
  readonly ask: AskRedis;
  readonly more?: MoreChecks | undefined;
  /** In production, a risk of losing data is `bad` too. */
  readonly production: boolean;
  /** The variables with the address and the password. */
  readonly variable: string;
  readonly secret: string;
  /** Of the user `auditor`, if this process has it. */
  readonly auditorPassword?: string | undefined;
}

/** The oldest version with WAITAOF, on which transfers rely. */
const OLDEST = [7, 2] as const;
export const DEFAULT_USER = 'default';
const AUDITOR = 'auditor';
export const LOCAL = ['localhost', '127.0.0.1', '::1'];

/**
 * Checks how Redis is configured; changes nothing.
 * @returns the findings; never a secret
 */
export async function checkRedis(
  settings: CheckedRedis,
  given: Pick<Circumstances, 'ask' | 'production' | 'more'>,
): Promise<RedisFinding[]> {
  const { place, username, password, tlsCa, auditorPassword } = settings;
  const how = { ...given, auditorPassword };
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

/** Finds the masters through the nodes, and checks each of them. */
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
          return bad(`Redis (${name}) is not a node of a Cluster. For a single Redis set REDIS_URL, not ${variable}.`);
        return bad(failure(error, node, circumstances));
      }
    }),
  );
  const findings = replies.filter((answer) => 'level' in answer);
  const answer = replies.find((each) => 'slots' in each);
  // One node that responds is enough.
  if (!answer) return findings;
  const serves = /cluster_state:ok/.test(answer.info);
  const addressesOf = (found: readonly SlotNode[]) =>
    found.map(([host, port]): [string, RedisAddress] => {
      // A node that has not met another one does not know its own address.
      const address = { ...answer.node, host: host || answer.node.host, port };
      return [nameOf(address), address];
    });
  const masters = new Map(answer.slots.flatMap(([, , master]) => addressesOf([master])));
  const replicas = new Map(answer.slots.flatMap(([, , , ...others]) => addressesOf(others)));
  return [
    ...findings.map(({ text }) => note(text)),
    serves
      ? good('Redis Cluster: every slot is served')
      : bad(
          'Redis Cluster is not ready: not every slot is served. Run "redis-cli --cluster check" on one of its nodes.',
        ),
    ...(await Promise.all([...masters.values()].map((master) => checkServer(master, circumstances, 'cluster')))).flat(),
    ...(await checkReplicas([...replicas.values()], circumstances)),
  ];
}

type SlotNode = readonly [host: string, port: number, ...unknown[]];
type SlotRange = readonly [first: number, last: number, master: SlotNode, ...replicas: SlotNode[]];

/** Finds the master through each Sentinel, and checks it. */
async function checkSentinels(
  sentinels: readonly RedisAddress[],
  name: string,
  toServer: (at: HostAndPort) => RedisAddress,
  circumstances: Circumstances,
): Promise<RedisFinding[]> {
  const findings: RedisFinding[] = [];
  const masters = new Map<string, HostAndPort>();
  const replicas = new Map<string, HostAndPort>();
  for (const sentinel of sentinels) {
    try {
      const [master, others] = await circumstances.ask(sentinel, [
        ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name],
        ['SENTINEL', 'REPLICAS', name],
      ]);
      if (isError(master)) throw master;
      for (const at of Array.isArray(others) ? others.map(placeIn) : []) replicas.set(nameOf(at), at);
      if (!master) {
        findings.push(bad(`The Sentinel ${nameOf(sentinel)} knows no master "${name}". Correct REDIS_SENTINEL_NAME.`));
        continue;
      }
      const [host, port] = master as [string, string];
      const at = { host, port: Number(port) };
      masters.set(nameOf(at), at);
    } catch (error) {
      const secret = 'REDIS_SENTINEL_PASSWORD';
      findings.push(bad(failure(error, sentinel, { ...circumstances, secret }, 'The Sentinel')));
    }
  }
  if (masters.size === 0) return findings;
  const names = [...masters.keys()];
  return [
    // One that responds is enough, but the others are needed if it fails.
    ...findings.map(({ level, text }) => (/knows no master/.test(text) ? { level, text } : note(text))),
    names.length > 1
      ? bad(`The Sentinels disagree about the master: ${names.join(', ')}.`)
      : good(`The Sentinels report the master: ${names[0]}`),
    ...(await Promise.all([...masters.values()].map((at) => checkServer(toServer(at), circumstances)))).flat(),
    ...(await checkReplicas([...replicas.values()].map(toServer), circumstances)),
  ];
}

/** The address in a Sentinel's description of a replica: names and values in turn. */
function placeIn(description: unknown): HostAndPort {
  const fields = description as readonly string[];
  const valueOf = (name: string) => fields[fields.indexOf(name) + 1] ?? '';
  return { host: valueOf('ip'), port: Number(valueOf('port')) };
}

/** Checks what a replica does not get from its master: its users, which matter once it is a master itself. */
async function checkReplicas(replicas: readonly RedisAddress[], circumstances: Circumstances): Promise<RedisFinding[]> {
  const byUser = replicas.filter(({ username = DEFAULT_USER }) => username !== DEFAULT_USER);
  return (await Promise.all(byUser.map((replica) => checkDefaultUser(replica, circumstances)))).flat();
}

/** Checks a Redis that stores keys; it may stop responding at any command. */
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
  const noPassword = `Redis (${name}) requires no password. Create a user with one (docs/redis-users.acl) and put it into ${secret}.`;
  const mayBeOpen = LOCAL.includes(address.host) && !production;
  return [
    good(`Redis (${name}) responds`),
    ...(address.password ? [] : [mayBeOpen ? note(noPassword) : bad(noPassword)]),
    ...(await checkDefaultUser(address, circumstances)),
    ...tellsOf(isError(info) ? '' : String(info), { weak: weakIf(production), name, variable, inCluster }),
    ...((await more?.(address, circumstances)) ?? []),
  ];
}

/** A risk of losing data, which outside production is only test data. */
export const weakIf = (production: boolean) => (production ? bad : note);

/**
 * Whether the password also works for `default`, the user of connections without a user name. It may do everything, so
 * the limited rights of CloudMover's own user would protect nothing
 * (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/).
 */
async function checkDefaultUser(
  address: RedisAddress,
  { ask, production, secret, auditorPassword }: Circumstances,
): Promise<RedisFinding[]> {
  const { username = DEFAULT_USER, password } = address;
  if (!password) return [];
  if (username === DEFAULT_USER) {
    if (!production) return [];
    const variable = secret === 'REDIS_URL' ? secret : 'REDIS_USERNAME';
    return [
      bad(
        `${variable} uses the user "default", which may do everything. Use the user of docs/redis-users.acl, ` +
          'and set "user default off" in Redis.',
      ),
    ];
  }
  const name = nameOf(address);
  for (const [user, its] of [[username, password] as const, [AUDITOR, auditorPassword] as const]) {
    if (its === undefined) continue;
    try {
      await ask({ ...address, username: DEFAULT_USER, password: its }, [['PING']]);
    } catch (error) {
      if (REFUSED_PASSWORD.test(messageOf(error))) continue;
      return [note(`Redis (${name}) did not report whether it also accepts the password for its user "default".`)];
    }
    const text =
      `Redis (${name}) accepts the password of "${user}" also for its user "default", which may do everything. ` +
      'Set "user default off" there, or give it another password.';
    return [production ? bad(text) : note(text)];
  }
  return [];
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
        `Redis (${name}) is a replica, which accepts no writes. Set ${variable} to its master, or set REDIS_SENTINELS.`,
      ),
    );
  if (infoField('cluster_enabled') === '1' && !inCluster)
    findings.push(bad(`Redis (${name}) is a node of a Cluster. Set REDIS_CLUSTER_NODES to its nodes.`));

  if (infoField('aof_enabled') === '1') findings.push(good('Redis keeps an append-only file'));
  else if (infoField('aof_enabled') === '0')
    findings.push(
      weak('Redis keeps no append-only file: a power cut would lose transfers. Set "appendonly yes" in redis.conf.'),
    );
  else findings.push(note('Redis does not report whether it keeps an append-only file. It must: "appendonly yes".'));
  if (infoField('aof_last_write_status') === 'err')
    findings.push(bad('Redis cannot write its append-only file. Free space on its disk.'));

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

/** Whether the user lacks a right, for a command or a key. */
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

/** Why a server can't be used, and the fix. The codes are OpenSSL's and Node's (https://nodejs.org/api/errors.html). */
const FAILURES: readonly (readonly [RegExp, (name: string, of: Circumstances & RedisAddress) => string])[] = [
  [
    REFUSED_PASSWORD,
    (name, { username, secret }) =>
      `Redis (${name}) refuses the password of the user "${username ?? 'default'}" (WRONGPASS). Correct ${secret}${username ? ', or the user' : ''}.`,
  ],
  [/^NOAUTH/, (name, { secret }) => `Redis (${name}) requires a password (NOAUTH). Put it into ${secret}.`],
  [/^LOADING/, (name) => `Redis (${name}) is still loading its data. Start again in a moment.`],
  [
    /^DENIED/,
    (name) =>
      `Redis (${name}) is in protected mode and refuses other machines. Create users (docs/redis-users.acl) and "bind" it to its address.`,
  ],
  [
    /ALTNAME_INVALID|does not match certificate/,
    (name, { variable }) =>
      `Redis (${name}) has a certificate for another host. Set ${variable} to a name in the certificate, or issue a new certificate.`,
  ],
  [
    /CERT_HAS_EXPIRED|certificate has expired/,
    (name) => `Redis (${name}) has a certificate that has expired. Renew it.`,
  ],
  [
    /SELF_SIGNED|UNABLE_TO_|CERT_|self.signed|unable to (verify|get)/,
    (name, { ca }) =>
      `Redis (${name}) has a certificate that ${ca ? 'the authority in REDIS_TLS_CA_FILE did not sign' : 'no known authority signed'}. Set REDIS_TLS_CA_FILE to the certificate of the authority that did.`,
  ],
  [
    /ALERT_CERTIFICATE_REQUIRED|certificate required|HANDSHAKE_FAILURE|handshake failure/i,
    (name) => `Redis (${name}) requires a client certificate. Set "tls-auth-clients no" there.`,
  ],
  [
    /WRONG_VERSION_NUMBER|wrong version number|PACKET_LENGTH|packet length|EPROTO/,
    (name, { variable }) =>
      `Redis (${name}) does not speak TLS there. ${variable === 'REDIS_URL' ? 'Write redis://…' : 'Unset REDIS_TLS_CA_FILE'}, or use its TLS port.`,
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
  // A server that expects TLS hangs up or sends an alert; one that does not waits for the end of a line.
  if (!address.tls && /closed|Protocol error|not Redis|ECONNRESET/.test(`${code} ${message}`))
    hint = ` If it speaks TLS there, ${byUrl ? 'write rediss://…' : 'set REDIS_TLS_CA_FILE'}.`;
  if (address.tls && /ETIMEDOUT|no answer|imeout|ECONNRESET|closed/.test(`${code} ${message}`))
    hint = ` If it does not speak TLS there, ${byUrl ? 'write redis://…' : 'unset REDIS_TLS_CA_FILE'}, or use its TLS port.`;
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
