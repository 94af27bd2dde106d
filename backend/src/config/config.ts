import { join } from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import {
  ConfigError,
  type Environment,
  fileContent,
  onOff,
  readGroups,
  secret,
  setting,
  urlOf,
  webUrl,
  whole,
} from './settings.js';
import { TRUST_PROXY_FORM, TRUST_PROXY_HTTPS, type TrustedProxies, trustedProxies } from './trust-proxy.js';

export { ConfigError } from './settings.js';

/** A key of the ring that encrypts records in Redis. */
export interface CredentialsKey {
  /** Name stored with each ciphertext, so that records of older keys can be decrypted. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** A host and a port from the environment. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

const KEY_RING = 'a key ring `name:base64key,…`; create one with: echo "k1:$(openssl rand -base64 32)"';

const keyRing = z.string().transform((text, context): CredentialsKey[] => {
  const keys = text.split(',').map((entry) => {
    const [, id, base64] = /^\s*([\w-]{1,32}):([A-Za-z0-9+/]{43}=)\s*$/.exec(entry) ?? [];
    return id && base64 ? { id, key: Buffer.from(base64, 'base64') } : undefined;
  });
  const good = keys.filter((key) => key !== undefined);
  if (good.length !== keys.length || new Set(good.map(({ id }) => id)).size !== good.length)
    context.addIssue(`must be ${KEY_RING} (32 bytes each, names unique)`);
  return good;
});

const hostsAndPorts = z.string().transform((text, context): HostAndPort[] => {
  const places = text.split(',').map((entry) => {
    // IPv6 addresses are in brackets, as in a URL.
    const [, v6, name, port] = /^\s*(?:\[([\da-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})\s*$/.exec(entry) ?? [];
    const host = v6 ?? name;
    return host && Number(port) >= 1 && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
  });
  const good = places.filter((place) => place !== undefined);
  if (good.length !== places.length) context.addIssue('must be hosts with ports, such as redis-1:6379,redis-2:6379');
  return good;
});

const origins = z.string().transform((text, context): string[] => {
  const given = text.split(',').map((entry) => entry.trim().replace(/\/$/, ''));
  // In the form that browsers send: `*`, a path or a capital letter would never match, or match too much.
  const isOrigin = (entry: string) => /^https?:/.test(entry) && URL.canParse(entry) && new URL(entry).origin === entry;
  if (!given.every(isOrigin))
    context.addIssue('must be origins such as https://tools.example.com, separated by commas');
  return given;
});

/** Networks in CIDR notation; an address alone is one of its own. */
const networks = z.string().transform((text, context): string[] => {
  const given = text
    .split(',')
    .map((entry) => entry.trim())
    .map((entry) => (ipaddr.isValid(entry) ? `${entry}/${entry.includes(':') ? 128 : 32}` : entry));
  if (!given.every((entry) => /[.:]/.test(entry) && ipaddr.isValidCIDR(entry)))
    context.addIssue('must be networks such as 10.0.0.0/8,192.168.1.7');
  return given;
});

const trustProxy = z.string().transform((value, context): TrustedProxies => {
  const proxies = trustedProxies(value);
  if (proxies === undefined) context.addIssue(TRUST_PROXY_FORM);
  return proxies ?? false;
});

/** Redis clients decode the user and password, and fail with "URI malformed" if that is not possible. */
const isDecodable = (text: string): boolean => {
  const { username = '', password = '' } = URL.parse(text) ?? {};
  try {
    return decodeURIComponent(username + password) !== undefined;
  } catch {
    return false;
  }
};

const SMTP_EXAMPLE = 'smtp://user:password@smtp.example.com:587';

const isServerAlone = (text: string): boolean => {
  const { hostname = '', pathname = '', search = '', hash = '' } = URL.parse(text) ?? {};
  return hostname !== '' && /^\/?$/.test(pathname) && search === '' && hash === '';
};

const ADDRESS = String.raw`[^\s<>@,;"\p{Cc}]+@[^\s<>@,;"\p{Cc}]+`;
/** An address, or a name and an address in angle brackets. On one line, so that it cannot add headers. */
const MAILBOX = new RegExp(String.raw`^(?:([^<>"\\\p{Cc}]{0,100}?) *<(${ADDRESS})>|(${ADDRESS}))$`, 'u');

const mailbox = z.string().transform((text, context) => {
  const [, name = '', inBrackets, alone] = MAILBOX.exec(text) ?? [];
  const address = inBrackets ?? alone;
  if (address === undefined) context.addIssue('must be an address such as CloudMover <mover@example.com>');
  return { name: name.trim(), address: address ?? '' };
});

const seconds = whole(60, 30 * 24 * 3600, 'must be whole seconds, 60 to 2592000 (30 days)');
/** Long enough to be impossible to guess. */
const longKey = z.string().min(32, 'must have at least 32 characters');
const perMinute = whole(1, 100_000_000, 'must be a whole number of requests a minute, 1 to 100000000');

/** All settings by namespace: name in the code, variable, and schema. */
const SETTINGS = {
  general: {
    production: setting(
      'NODE_ENV',
      z
        .enum(['development', 'test', 'production'])
        .default('development')
        .transform((name) => name === 'production'),
    ),
    /** The role of this process: API, worker, or both. */
    role: setting('CLOUDMOVER_ROLE', z.enum(['all', 'api', 'worker']).default('all')),
    logLevel: setting('LOG_LEVEL', z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info')),
    /** Directory of the built portal. */
    portalDir: setting('PORTAL_DIR', z.string().default(join(import.meta.dirname, '../../../frontend/dist/browser'))),
    /** The first key encrypts, all keys decrypt. */
    credentialsKeys: secret('CREDENTIALS_KEYS', keyRing, KEY_RING),
    /** Key for the operator's endpoints; without it they refuse everyone. */
    operatorKey: secret('OPERATOR_KEY', longKey.optional()),
    /** Key for `/metrics`; without it metrics are open, but closed in production. */
    metricsKey: secret('METRICS_KEY', longKey.optional()),
    /** E-mail addresses (`ana@example.com`) or domains (`example.com`) that may connect, in lower case; empty: all. */
    allowedAccounts: setting(
      'ALLOWED_ACCOUNTS',
      z
        .string()
        .transform((list) =>
          list
            .split(',')
            .map((entry) => entry.trim().toLowerCase().replace(/^@/, ''))
            .filter(Boolean),
        )
        .default([]),
    ),
    /** Maximum number of open transfers of one source account. */
    maxOpenTransfers: setting(
      'MAX_OPEN_TRANSFERS',
      whole(1, 10_000, 'must be a whole number of transfers, 1 to 10000').default(20),
    ),
    /** Approximate number of entries that the audit log keeps. */
    auditMaxEntries: setting(
      'AUDIT_MAX_ENTRIES',
      whole(100, 100_000_000, 'must be a whole number of entries, 100 to 100000000').default(100_000),
    ),
    /** How long a stopping process continues to serve, so that load balancers can send requests elsewhere. */
    shutdownDelayMs: setting(
      'SHUTDOWN_DELAY',
      whole(0, 15, 'must be whole seconds, 0 to 15')
        .default(0)
        .transform((value) => value * 1_000),
    ),
  },
  http: {
    host: setting('HOST', z.string().default('127.0.0.1')),
    /** 0: any free port. */
    port: setting('PORT', whole(0, 65_535, 'must be a port, 0 to 65535').default(3000)),
    /** Origin at which browsers and Google reach the API, without a trailing slash. */
    publicUrl: setting('PUBLIC_URL', webUrl.optional()),
    /** Where a sign-in redirects the browser to, without a trailing slash. */
    portalUrl: setting('PORTAL_URL', webUrl.optional()),
    /** Whose `X-Forwarded-*` headers are trusted: nobody's, a number of hops, or addresses. */
    trustProxy: setting('TRUST_PROXY', trustProxy.optional()),
    /** Origins of other sites whose pages may read the API's responses. */
    corsOrigins: setting('CORS_ORIGINS', origins.default([])),
    /** Whether `/moved/{id}` is served. */
    movedLinks: setting('MOVED_LINKS', onOff('off')),
    /** Whether `/docs` and `/openapi.json` are served. */
    apiDocs: setting('API_DOCS', onOff()),
    /** Maximum number of open event streams of one account per process. */
    maxEventStreams: setting(
      'MAX_EVENT_STREAMS',
      whole(1, 1_000_000, 'must be a whole number of streams, 1 to 1000000').default(200),
    ),
  },
  /** Units per minute of each rate limit (http/rate-limits.ts); most calls cost one. */
  rateLimits: {
    token: setting('RATE_LIMIT_TOKEN', perMinute.default(1_200)),
    account: setting('RATE_LIMIT_ACCOUNT', perMinute.optional()),
    address: setting('RATE_LIMIT_ADDRESS', perMinute.default(600)),
    'sign-in': setting('RATE_LIMIT_SIGN_IN', perMinute.default(60)),
    'operator-key': setting('RATE_LIMIT_OPERATOR_KEY', perMinute.default(10)),
  },
  redis: {
    url: secret(
      'REDIS_URL',
      urlOf(/^rediss?$/, 'redis://:password@127.0.0.1:6379')
        .refine(isDecodable, 'has a % in its user or password that encodes nothing: write it as %25')
        .optional(),
    ),
    /** Some nodes of a Cluster, from which the client learns the others. */
    nodes: setting('REDIS_CLUSTER_NODES', hostsAndPorts.optional()),
    sentinels: setting('REDIS_SENTINELS', hostsAndPorts.optional()),
    /** The Sentinels' name of the master. */
    sentinelName: setting('REDIS_SENTINEL_NAME', z.string().optional()),
    /** Password of the Sentinels themselves. */
    sentinelPassword: secret('REDIS_SENTINEL_PASSWORD', z.string().optional()),
    /** User and password of a Cluster or Sentinel's master; those of a single node are in its URL. */
    username: setting('REDIS_USERNAME', z.string().optional()),
    password: secret('REDIS_PASSWORD', z.string().optional()),
    /** Encrypts connections to a Cluster or through Sentinel; for a single node use `rediss:`. */
    tlsCaFile: setting('REDIS_TLS_CA_FILE', z.string().optional()),
    /** Password of the user `auditor`, which may trim the audit log (docs/redis-users.acl). */
    auditorPassword: secret('REDIS_AUDITOR_PASSWORD', z.string().optional()),
    /** Whether durable writes wait for the disk (WAITAOF). Off only in tests. */
    waitForDisk: setting('CLOUDMOVER_WAITAOF', onOff('on', 'must be on or off (off only for tests)')),
  },
  google: {
    clientId: secret(
      'GOOGLE_CLIENT_ID',
      z.string(),
      'the OAuth client id from the Google Cloud console, or the one registered in the sandbox',
    ),
    clientSecret: secret(
      'GOOGLE_CLIENT_SECRET',
      z.string(),
      'the OAuth client secret that belongs to GOOGLE_CLIENT_ID',
    ),
    baseUrl: setting('GOOGLE_BASE_URL', webUrl.optional()),
    authUrl: setting('GOOGLE_AUTH_URL', webUrl.optional()),
    tokenUrl: setting('GOOGLE_TOKEN_URL', webUrl.optional()),
    revokeUrl: setting('GOOGLE_REVOKE_URL', webUrl.optional()),
    userinfoUrl: setting('GOOGLE_USERINFO_URL', webUrl.optional()),
    /** Origin of `/drive/v3` and `/upload/drive/v3`. */
    apiRoot: setting('GOOGLE_API_ROOT', webUrl.optional()),
    /** Limit for all accounts together; default: as much as Google allows. */
    quotaUnitsPerMinute: setting(
      'GOOGLE_QUOTA_UNITS_PER_MINUTE',
      whole(
        300,
        4_000_000_000,
        'must be whole quota units, at least 300 (Google allows a project 1000000 unless it granted more)',
      ).optional(),
    ),
    /** Limit for all accounts together and a day of Google's, which ends at midnight Pacific time; default: none. */
    unitsPerDay: setting(
      'GOOGLE_UNITS_PER_DAY',
      whole(1_000, 1_000_000_000_000, 'must be whole quota units, at least 1000').optional(),
    ),
  },
  session: {
    ttlSeconds: setting('SESSION_TTL', seconds.default(24 * 3600)),
    /** Lifetime of a token that was returned in a URL and never rotated. */
    urlTokenTtlSeconds: setting('URL_TOKEN_TTL', seconds.optional()),
    /** A session ends after this time without use. */
    idleSeconds: setting('SESSION_IDLE_TTL', seconds.optional()),
    /** Whether tokens are accepted as query parameters; responses then state that this is deprecated. */
    queryTokens: setting('QUERY_TOKENS', onOff()),
  },
  webhooks: {
    /** Networks that are not public and may nevertheless receive webhooks. */
    allowedNetworks: setting('WEBHOOKS_ALLOWED_NETWORKS', networks.default([])),
    /** Whether webhooks may be sent without encryption; default: not in production. */
    allowHttp: setting('WEBHOOKS_ALLOW_HTTP', z.enum(['on', 'off'], { error: 'must be on or off' }).optional()),
  },
  mail: {
    /** The server that sends mails; without it there are none. */
    smtpUrl: secret(
      'SMTP_URL',
      z
        .url({ protocol: /^smtps?$/, error: `must be a URL such as ${SMTP_EXAMPLE}` })
        .refine(isServerAlone, `must have no path, query or fragment: write it as ${SMTP_EXAMPLE}`)
        .refine(isDecodable, 'has a % in its user or password that encodes nothing: write it as %25')
        .optional(),
    ),
    /** The sender of mails. */
    from: setting('MAIL_FROM', mailbox.optional()),
  },
  tracing: {
    /** Where traces are sent; without it there are none. */
    endpoint: setting('OTEL_EXPORTER_OTLP_ENDPOINT', webUrl.optional()),
    serviceName: setting('OTEL_SERVICE_NAME', z.string().default('cloudmover')),
    /** Share of requests that are traced. */
    share: setting(
      'OTEL_TRACES_SAMPLER_ARG',
      z
        .string()
        .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a share, 0 to 1')
        .transform(Number)
        .default(1),
    ),
  },
};

type Given = ReturnType<typeof readGroups<typeof SETTINGS>>;

/**
 * Reads and checks the environment.
 * @param env usually `process.env`
 * @throws ConfigError that names every missing or wrong variable, never its value
 */
export function readConfig(env: Environment) {
  const { general, tracing, ...given } = readGroups(SETTINGS, env);
  return {
    general,
    http: httpConfig({ general, tracing, ...given }),
    redis: redisConfig(given.redis),
    google: googleConfig(given.google),
    session: sessionConfig(given.session),
    webhooks: {
      allowedNetworks: given.webhooks.allowedNetworks,
      allowHttp: (given.webhooks.allowHttp ?? (general.production ? 'off' : 'on')) === 'on',
    },
    mail: mailConfig(given.mail),
    tracing,
  };
}

/** The configuration by namespace, read from the environment once at boot. */
export type Config = Readonly<ReturnType<typeof readConfig>>;

/** The role of this process. */
export type Role = Config['general']['role'];

function httpConfig({ general: { production, role }, http, rateLimits }: Given) {
  const publicUrl = http.publicUrl ?? `http://localhost:${http.port}`;
  const portalUrl = http.portalUrl ?? publicUrl;
  if (production) {
    if (!http.publicUrl)
      throw new ConfigError('PUBLIC_URL is missing: set it to the address that browsers use, https://….');
    assertPrivate('PUBLIC_URL', publicUrl);
    assertPrivate('PORTAL_URL', portalUrl);
    // Node does no TLS here, so a proxy must. Without this variable all clients would have the proxy's address.
    if (publicUrl.startsWith('https:') && role !== 'worker' && !http.trustProxy)
      throw new ConfigError(
        `TRUST_PROXY ${http.trustProxy === undefined ? 'is missing: it ' : ''}${TRUST_PROXY_HTTPS}.`,
      );
  }
  return {
    ...http,
    publicUrl,
    portalUrl,
    trustProxy: http.trustProxy ?? false,
    rateLimits: { ...rateLimits, account: rateLimits.account ?? rateLimits.token },
  };
}

/** Codes and tokens are sent to these URLs; Google also accepts http only for this machine itself. */
function assertPrivate(name: string, address: string): void {
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:' || /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)) return;
  throw new ConfigError(`${name} must begin with https:// in production: codes and tokens pass through it.`);
}

/** `issuer` of Google's discovery document. */
const GOOGLE_ISSUER = 'https://accounts.google.com';

function googleConfig({ baseUrl, quotaUnitsPerMinute, unitsPerDay, ...google }: Given['google']) {
  const authUrl = google.authUrl ?? `${baseUrl ?? GOOGLE_ISSUER}/o/oauth2/v2/auth`;
  const apiRoot = google.apiRoot ?? baseUrl ?? 'https://www.googleapis.com';
  return {
    ...google,
    authUrl,
    /** Allowed issuers in callbacks (RFC 9207): Google's, or the sandbox's own. */
    issuers: [...new Set([GOOGLE_ISSUER, new URL(authUrl).origin])],
    tokenUrl: google.tokenUrl ?? `${baseUrl ?? 'https://oauth2.googleapis.com'}/token`,
    revokeUrl: google.revokeUrl ?? `${baseUrl ?? 'https://oauth2.googleapis.com'}/revoke`,
    userinfoUrl: google.userinfoUrl ?? `${baseUrl ?? 'https://openidconnect.googleapis.com'}/v1/userinfo`,
    apiRoot,
    ...(quotaUnitsPerMinute && { quotaUnitsPerMinute }),
    ...(unitsPerDay && { unitsPerDay }),
    /** True if the Drive API is not Google's own. */
    isSandbox: !/(^|\.)googleapis\.com$/.test(new URL(apiRoot).hostname),
  };
}

function sessionConfig({ ttlSeconds, urlTokenTtlSeconds, idleSeconds, queryTokens }: Given['session']) {
  const within = (value = ttlSeconds) => Math.min(value, ttlSeconds);
  return { ttlSeconds, urlTokenTtlSeconds: within(urlTokenTtlSeconds), idleSeconds: within(idleSeconds), queryTokens };
}

/** `smtp`: missing if this installation sends no mail. */
function mailConfig({ smtpUrl, from }: Given['mail']) {
  if (from && !smtpUrl) throw new ConfigError('MAIL_FROM is set without SMTP_URL: set both or none.');
  if (!smtpUrl) return {};
  if (!from)
    throw new ConfigError(
      'MAIL_FROM is missing: set it to the sender of e-mails, such as CloudMover <mover@example.com>.',
    );
  const { protocol, hostname, port, username, password } = new URL(smtpUrl);
  const secure = protocol === 'smtps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const isThisMachine = /^(localhost|127\.0\.0\.1|::1)$/.test(host);
  return {
    smtp: {
      ...{ host, secure, from },
      // RFC 8314 §3.3: submission.
      port: Number(port) || (secure ? 465 : 587),
      ...(username && { user: decodeURIComponent(username), password: decodeURIComponent(password) }),
      /** A password is never sent unencrypted to another machine. */
      requireTls: !secure && username !== '' && !isThisMachine,
      /** A relay on this machine often has a certificate that nobody signed. */
      ignoreTls: isThisMachine,
    },
  };
}

function redisConfig(given: Given['redis']) {
  const { username, password, tlsCaFile, auditorPassword, waitForDisk } = given;
  const variableOf = (name: keyof Given['redis']) => SETTINGS.redis[name].variable;
  const named = (['url', 'nodes', 'sentinels'] as const).filter((name) => given[name]).map(variableOf);
  if (named.length > 1) throw new ConfigError(`${named.join(' and ')} are set: keep the one for your Redis.`);
  const place = redisPlace(given);
  if (place.kind === 'node') {
    const spare = (['username', 'password'] as const).find((name) => given[name]);
    if (spare)
      throw new ConfigError(
        `${variableOf(spare)} belongs to REDIS_CLUSTER_NODES or REDIS_SENTINELS: put user and password of one Redis into REDIS_URL.`,
      );
    if (tlsCaFile && !place.url.startsWith('rediss:'))
      throw new ConfigError('REDIS_TLS_CA_FILE is set, but REDIS_URL is not encrypted: write it as rediss://….');
  }
  return {
    place,
    ...(username && { username }),
    ...(password && { password }),
    ...(tlsCaFile && { tlsCa: fileContent('REDIS_TLS_CA_FILE', tlsCaFile) }),
    ...(auditorPassword && { auditorPassword }),
    waitForDisk,
  };
}

function redisPlace({ url, nodes, sentinels, sentinelName: name, sentinelPassword }: Given['redis']) {
  if (sentinels) {
    if (!name) throw new ConfigError('REDIS_SENTINEL_NAME is missing: set it to the Sentinels’ name of the master.');
    return { kind: 'sentinel' as const, sentinels, name, ...(sentinelPassword && { sentinelPassword }) };
  }
  const spare = name ? 'REDIS_SENTINEL_NAME' : sentinelPassword ? 'REDIS_SENTINEL_PASSWORD' : undefined;
  if (spare) throw new ConfigError(`${spare} is set without REDIS_SENTINELS: set both or none.`);
  return nodes ? { kind: 'cluster' as const, nodes } : { kind: 'node' as const, url: url ?? 'redis://127.0.0.1:6379' };
}
