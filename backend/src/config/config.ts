import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { TRUST_PROXY_FORM, trustedProxies, type TrustedProxies } from './trust-proxy.js';

/** The part this process plays: web API, worker that carries transfers, or both. */
export type Role = 'all' | 'api' | 'worker';

/** A key of the ring that encrypts what is kept in Redis. */
export interface CredentialsKey {
  /** Name stored beside each ciphertext, so that older keys still open what they sealed. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** A host and a port, as written in the environment. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is and how it is spoken to. */
export interface RedisSettings {
  readonly place:
    | {
        readonly kind: 'node';
        /** With user, password and database, if any. */
        readonly url: string;
      }
    | {
        readonly kind: 'cluster';
        /** Some of its nodes; the others are learned from them. */
        readonly nodes: readonly HostAndPort[];
      }
    | {
        readonly kind: 'sentinel';
        readonly sentinels: readonly HostAndPort[];
        /** What the Sentinels call the master. */
        readonly name: string;
        /** What the Sentinels themselves ask for. */
        readonly sentinelPassword?: string;
      };
  /** Of a Cluster or of Sentinel's master; those of one node are in its URL. */
  readonly username?: string;
  readonly password?: string;
  /** Connections to a Cluster or through Sentinel are encrypted when it is there; to one node by `rediss:`. */
  readonly tlsCa?: string;
  /** Password of the user `auditor`, which may trim the audit log (docs/redis-users.acl). */
  readonly auditorPassword?: string;
  /**
   * Whether a write that must not be forgotten waits for the disk (WAITAOF). False in tests only, which show that a
   * Redis that loses power then makes duplicates.
   */
  readonly waitForDisk: boolean;
}

/** The whole configuration, read from the environment once at boot. The class is its own injection token. */
export abstract class Config {
  abstract readonly production: boolean;
  abstract readonly role: Role;
  abstract readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  abstract readonly http: {
    readonly host: string;
    /** 0: any free port. */
    readonly port: number;
    /** Origin under which browsers and Google reach the API, without a slash at the end. */
    readonly publicUrl: string;
    /** Where the sign-in sends the browser back to, without a slash at the end. */
    readonly portalUrl: string;
    /** Whose `X-Forwarded-*` is believed: nobody, everybody, a number of hops, or addresses. */
    readonly trustProxy: TrustedProxies;
    /** Origins of other sites whose pages may read the API's answers. */
    readonly corsOrigins: readonly string[];
    /** Whether `/docs` and `/openapi.json` are served. */
    readonly apiDocs: boolean;
    /** Event streams of one account that a process keeps open. */
    readonly maxEventStreams: number;
    /** Units a minute of each limit on requests (http/rate-limits.ts); most calls cost one. */
    readonly rateLimits: Readonly<Record<'token' | 'account' | 'address' | 'sign-in' | 'operator-key', number>>;
  };
  /** Folder of the built portal. */
  abstract readonly portalDir: string;
  abstract readonly redis: RedisSettings;
  abstract readonly google: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly authUrl: string;
    /** Who may have sent the browser back (RFC 9207): Google, or a stand-in under its own name. */
    readonly issuers: readonly string[];
    readonly tokenUrl: string;
    readonly revokeUrl: string;
    readonly userinfoUrl: string;
    /** Origin in front of `/drive/v3` and `/upload/drive/v3`. */
    readonly apiRoot: string;
    /** True when the Drive API is not Google's own. */
    readonly isSandbox: boolean;
    /** What all accounts together may use; without it, as much as Google lets through. */
    readonly quotaUnitsPerMinute?: number;
  };
  abstract readonly session: {
    readonly ttlSeconds: number;
    /** Life of a token that was handed over in a URL and never rotated. */
    readonly urlTokenTtlSeconds: number;
    /** A session that is not used for so long ends. */
    readonly idleSeconds: number;
    /** Whether a token may come as a query parameter; where it may, the answer says that it should not. */
    readonly queryTokens: boolean;
  };
  /** First one seals, all of them open. */
  abstract readonly credentialsKeys: readonly CredentialsKey[];
  /** Opens the operator's endpoints; without it they refuse everyone. */
  abstract readonly operatorKey?: string;
  /** Opens `/metrics`; without it they are open to all, in production to nobody. */
  abstract readonly metricsKey?: string;
  /** Lower-case addresses (`ana@example.com`) or domains (`example.com`) that may connect; empty: anyone. */
  abstract readonly allowedAccounts: readonly string[];
  /** Transfers of one source account that may be under way, or waiting, at the same time. */
  abstract readonly maxOpenTransfers: number;
  /** Where traces go, under which name, and which share of them; absent: none are made. */
  abstract readonly tracing?: { readonly endpoint: string; readonly serviceName: string; readonly share: number };
  /** How long a process that was told to stop goes on serving, so that whoever sends requests can turn elsewhere. */
  abstract readonly shutdownDelayMs: number;
  /** About how many entries the audit log keeps. */
  abstract readonly auditMaxEntries: number;
}

/** The environment is unusable. The message names each variable and the cure, never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Variables that may also be given as `NAME_FILE`, a path to a file holding the value (Docker and Kubernetes secrets). */
const SECRETS = [
  'GOOGLE_CLIENT_ID',
  'GOOGLE_CLIENT_SECRET',
  'CREDENTIALS_KEYS',
  'OPERATOR_KEY',
  'METRICS_KEY',
  'REDIS_URL',
  'REDIS_PASSWORD',
  'REDIS_AUDITOR_PASSWORD',
  'REDIS_SENTINEL_PASSWORD',
] as const;

const HINTS: Readonly<Record<string, string>> = {
  GOOGLE_CLIENT_ID: 'the OAuth client id from the Google Cloud console, or the one registered in the sandbox',
  GOOGLE_CLIENT_SECRET: 'the OAuth client secret that belongs to GOOGLE_CLIENT_ID',
  CREDENTIALS_KEYS: 'a key ring `name:base64key,…`; make one with: echo "k1:$(openssl rand -base64 32)"',
};

const url = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be a URL such as ${example}` }).transform((value) => value.replace(/\/+$/, ''));
/** Whoever speaks to Redis decodes user and password, and ends with "URI malformed" where that cannot be done. */
const isDecodable = (text: string): boolean => {
  const { username = '', password = '' } = URL.parse(text) ?? {};
  try {
    return decodeURIComponent(username + password) !== undefined;
  } catch {
    return false;
  }
};
const webUrl = url(/^https?$/, 'https://mover.example.com');
const whole = (from: number, to: number, error: string) =>
  z
    .string()
    .regex(/^\d{1,10}$/, error)
    .transform(Number)
    .refine((value) => value >= from && value <= to, error);
const seconds = whole(60, 30 * 24 * 3600, 'must be whole seconds, 60 to 2592000 (30 days)');

/** Long enough that it cannot be guessed. */
const longKey = z.string().min(32, 'must have at least 32 characters');

const perMinute = whole(1, 100_000_000, 'must be a whole number of requests a minute, 1 to 100000000');

const hostsAndPorts = z.string().transform((text, context): HostAndPort[] => {
  const places = text.split(',').map((entry) => {
    // An IPv6 address stands in brackets, as in a URL.
    const [, v6, name, port] = /^\s*(?:\[([\da-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})\s*$/.exec(entry) ?? [];
    const host = v6 ?? name;
    return host && Number(port) >= 1 && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
  });
  const good = places.filter((place) => place !== undefined);
  if (good.length !== places.length) context.addIssue('must be hosts with ports, such as redis-1:6379,redis-2:6379');
  return good;
});

const keyRing = z.string().transform((text, context): CredentialsKey[] => {
  const keys = text.split(',').map((entry) => {
    const [, id, base64] = /^\s*([\w-]{1,32}):([A-Za-z0-9+/]{43}=)\s*$/.exec(entry) ?? [];
    return id && base64 ? { id, key: Buffer.from(base64, 'base64') } : undefined;
  });
  const good = keys.filter((key) => key !== undefined);
  if (good.length !== keys.length || new Set(good.map(({ id }) => id)).size !== good.length) {
    context.addIssue(`must be ${HINTS['CREDENTIALS_KEYS']} (32 bytes each, names unique)`);
  }
  return good;
});

const origins = z.string().transform((text, context): string[] => {
  const given = text.split(',').map((entry) => entry.trim().replace(/\/$/, ''));
  // As browsers send it: `*`, a path or a capital letter would never match, or match too much.
  const isOrigin = (entry: string) => /^https?:/.test(entry) && URL.canParse(entry) && new URL(entry).origin === entry;
  if (!given.every(isOrigin))
    context.addIssue('must be origins such as https://tools.example.com, separated by commas');
  return given;
});

const trustProxy = z.string().transform((value, context): TrustedProxies => {
  const proxies = trustedProxies(value);
  if (proxies === undefined) context.addIssue(TRUST_PROXY_FORM);
  return proxies ?? false;
});

/** `issuer` of Google's discovery document. */
const GOOGLE_ISSUER = 'https://accounts.google.com';

const environment = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  CLOUDMOVER_ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65_535, 'must be a port, 0 to 65535').default(3000),
  PUBLIC_URL: webUrl.optional(),
  PORTAL_URL: webUrl.optional(),
  CORS_ORIGINS: origins.default([]),
  API_DOCS: z.enum(['on', 'off'], 'must be on or off').default('on'),
  TRUST_PROXY: trustProxy.optional(),
  RATE_LIMIT_TOKEN: perMinute.default(1_200),
  RATE_LIMIT_ACCOUNT: perMinute.optional(),
  RATE_LIMIT_ADDRESS: perMinute.default(600),
  RATE_LIMIT_SIGN_IN: perMinute.default(60),
  RATE_LIMIT_OPERATOR_KEY: perMinute.default(10),
  PORTAL_DIR: z.string().default(join(import.meta.dirname, '../../../frontend/dist/browser')),
  REDIS_URL: url(/^rediss?$/, 'redis://:password@127.0.0.1:6379')
    .refine(isDecodable, 'has a % that encodes nothing in its user or password: write it as %25')
    .optional(),
  REDIS_CLUSTER_NODES: hostsAndPorts.optional(),
  REDIS_SENTINELS: hostsAndPorts.optional(),
  REDIS_SENTINEL_NAME: z.string().optional(),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  REDIS_USERNAME: z.string().optional(),
  REDIS_PASSWORD: z.string().optional(),
  REDIS_TLS_CA_FILE: z.string().optional(),
  REDIS_AUDITOR_PASSWORD: z.string().optional(),
  // For tests only: see RedisSettings.waitForDisk.
  CLOUDMOVER_WAITAOF: z.enum(['on', 'off'], 'must be on or off, and off is for tests').default('on'),
  GOOGLE_CLIENT_ID: z.string(),
  GOOGLE_CLIENT_SECRET: z.string(),
  GOOGLE_BASE_URL: webUrl.optional(),
  GOOGLE_AUTH_URL: webUrl.optional(),
  GOOGLE_TOKEN_URL: webUrl.optional(),
  GOOGLE_REVOKE_URL: webUrl.optional(),
  GOOGLE_USERINFO_URL: webUrl.optional(),
  GOOGLE_API_ROOT: webUrl.optional(),
  GOOGLE_QUOTA_UNITS_PER_MINUTE: whole(
    300,
    4_000_000_000,
    'must be whole quota units, at least 300 (Google allows a project 1000000 unless it granted more)',
  ).optional(),
  SESSION_TTL: seconds.default(24 * 3600),
  URL_TOKEN_TTL: seconds.optional(),
  SESSION_IDLE_TTL: seconds.optional(),
  QUERY_TOKENS: z.enum(['on', 'off'], 'must be on or off').default('on'),
  CREDENTIALS_KEYS: keyRing,
  OPERATOR_KEY: longKey.optional(),
  METRICS_KEY: longKey.optional(),
  ALLOWED_ACCOUNTS: z
    .string()
    .transform((list) =>
      list
        .split(',')
        .map((entry) => entry.trim().toLowerCase().replace(/^@/, ''))
        .filter(Boolean),
    )
    .default([]),
  OTEL_EXPORTER_OTLP_ENDPOINT: webUrl.optional(),
  OTEL_SERVICE_NAME: z.string().default('cloudmover'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a share, 0 to 1')
    .transform(Number)
    .default(1),
  SHUTDOWN_DELAY: whole(0, 15, 'must be whole seconds, 0 to 15').default(0),
  AUDIT_MAX_ENTRIES: whole(100, 100_000_000, 'must be a whole number of entries, 100 to 100000000').default(100_000),
  MAX_EVENT_STREAMS: whole(1, 1_000_000, 'must be a whole number of streams, 1 to 1000000').default(200),
  MAX_OPEN_TRANSFERS: whole(1, 10_000, 'must be a whole number of transfers, 1 to 10000').default(20),
});

/**
 * Reads and checks the environment.
 * @param env usually `process.env`; empty values count as absent, as Docker Compose passes them
 * @throws ConfigError naming every variable that is missing or wrong, never its value
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value) given[name] = value;
  for (const name of SECRETS) {
    const path = given[`${name}_FILE`];
    if (!path) continue;
    if (given[name]) throw new ConfigError(`${name} and ${name}_FILE are both set: keep one of them.`);
    given[name] = readSecret(`${name}_FILE`, path);
  }

  const parsed = environment.safeParse(given);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => sentence(issue, given)).join('\n'));
  const value = parsed.data;

  const publicUrl = value.PUBLIC_URL ?? `http://localhost:${value.PORT}`;
  const portalUrl = value.PORTAL_URL ?? publicUrl;
  if (value.NODE_ENV === 'production') {
    if (!value.PUBLIC_URL)
      throw new ConfigError('PUBLIC_URL is missing: set it to the address that browsers use, https://….');
    assertPrivate('PUBLIC_URL', publicUrl);
    assertPrivate('PORTAL_URL', portalUrl);
    // Node speaks no TLS here, so something in front does: without its word all visitors have the proxy's address.
    if (publicUrl.startsWith('https:') && value.CLOUDMOVER_ROLE !== 'worker' && value.TRUST_PROXY === undefined)
      throw new ConfigError(
        `TRUST_PROXY is missing, and PUBLIC_URL is https, so a proxy is in front: without it, limits count all visitors as one. It ${TRUST_PROXY_FORM}.`,
      );
  }
  const base = value.GOOGLE_BASE_URL;
  const authUrl = value.GOOGLE_AUTH_URL ?? `${base ?? GOOGLE_ISSUER}/o/oauth2/v2/auth`;
  const apiRoot = value.GOOGLE_API_ROOT ?? base ?? 'https://www.googleapis.com';
  return {
    production: value.NODE_ENV === 'production',
    role: value.CLOUDMOVER_ROLE,
    logLevel: value.LOG_LEVEL,
    http: {
      host: value.HOST,
      port: value.PORT,
      publicUrl,
      portalUrl,
      trustProxy: value.TRUST_PROXY ?? false,
      corsOrigins: value.CORS_ORIGINS,
      apiDocs: value.API_DOCS === 'on',
      maxEventStreams: value.MAX_EVENT_STREAMS,
      rateLimits: {
        token: value.RATE_LIMIT_TOKEN,
        account: value.RATE_LIMIT_ACCOUNT ?? value.RATE_LIMIT_TOKEN,
        address: value.RATE_LIMIT_ADDRESS,
        'sign-in': value.RATE_LIMIT_SIGN_IN,
        'operator-key': value.RATE_LIMIT_OPERATOR_KEY,
      },
    },
    portalDir: value.PORTAL_DIR,
    redis: redisSettings(value),
    google: {
      clientId: value.GOOGLE_CLIENT_ID,
      clientSecret: value.GOOGLE_CLIENT_SECRET,
      authUrl,
      issuers: [...new Set([GOOGLE_ISSUER, new URL(authUrl).origin])],
      tokenUrl: value.GOOGLE_TOKEN_URL ?? `${base ?? 'https://oauth2.googleapis.com'}/token`,
      revokeUrl: value.GOOGLE_REVOKE_URL ?? `${base ?? 'https://oauth2.googleapis.com'}/revoke`,
      userinfoUrl: value.GOOGLE_USERINFO_URL ?? `${base ?? 'https://openidconnect.googleapis.com'}/v1/userinfo`,
      apiRoot,
      isSandbox: !/(^|\.)googleapis\.com$/.test(new URL(apiRoot).hostname),
      ...(value.GOOGLE_QUOTA_UNITS_PER_MINUTE && { quotaUnitsPerMinute: value.GOOGLE_QUOTA_UNITS_PER_MINUTE }),
    },
    session: {
      ttlSeconds: value.SESSION_TTL,
      urlTokenTtlSeconds: Math.min(value.URL_TOKEN_TTL ?? value.SESSION_TTL, value.SESSION_TTL),
      idleSeconds: Math.min(value.SESSION_IDLE_TTL ?? value.SESSION_TTL, value.SESSION_TTL),
      queryTokens: value.QUERY_TOKENS === 'on',
    },
    credentialsKeys: value.CREDENTIALS_KEYS,
    ...(value.OPERATOR_KEY && { operatorKey: value.OPERATOR_KEY }),
    ...(value.METRICS_KEY && { metricsKey: value.METRICS_KEY }),
    allowedAccounts: value.ALLOWED_ACCOUNTS,
    maxOpenTransfers: value.MAX_OPEN_TRANSFERS,
    auditMaxEntries: value.AUDIT_MAX_ENTRIES,
    ...(value.OTEL_EXPORTER_OTLP_ENDPOINT && {
      tracing: {
        endpoint: value.OTEL_EXPORTER_OTLP_ENDPOINT,
        serviceName: value.OTEL_SERVICE_NAME,
        share: value.OTEL_TRACES_SAMPLER_ARG,
      },
    }),
    shutdownDelayMs: value.SHUTDOWN_DELAY * 1_000,
  };
}

/** Codes and tokens come to these addresses; Google, too, takes http only for this machine itself. */
function assertPrivate(name: string, address: string): void {
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:' || /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)) return;
  throw new ConfigError(`${name} must begin with https:// in production: codes and tokens pass through it.`);
}

function redisSettings(value: z.infer<typeof environment>): RedisSettings {
  const named = (['REDIS_URL', 'REDIS_CLUSTER_NODES', 'REDIS_SENTINELS'] as const).filter((name) => value[name]);
  if (named.length > 1)
    throw new ConfigError(`${named.join(' and ')} are set: keep the one that says where your Redis is.`);
  const place = redisPlace(value);
  if (place.kind === 'node') {
    const spare = (['REDIS_USERNAME', 'REDIS_PASSWORD'] as const).find((name) => value[name]);
    if (spare)
      throw new ConfigError(
        `${spare} belongs to REDIS_CLUSTER_NODES or REDIS_SENTINELS: put user and password of one Redis into REDIS_URL.`,
      );
    if (value.REDIS_TLS_CA_FILE && !place.url.startsWith('rediss:'))
      throw new ConfigError('REDIS_TLS_CA_FILE is set, but REDIS_URL is not encrypted: write it as rediss://….');
  }
  return {
    place,
    ...(value.REDIS_USERNAME && { username: value.REDIS_USERNAME }),
    ...(value.REDIS_PASSWORD && { password: value.REDIS_PASSWORD }),
    ...(value.REDIS_TLS_CA_FILE && { tlsCa: readSecret('REDIS_TLS_CA_FILE', value.REDIS_TLS_CA_FILE) }),
    ...(value.REDIS_AUDITOR_PASSWORD && { auditorPassword: value.REDIS_AUDITOR_PASSWORD }),
    waitForDisk: value.CLOUDMOVER_WAITAOF === 'on',
  };
}

function redisPlace(value: z.infer<typeof environment>): RedisSettings['place'] {
  if (value.REDIS_SENTINELS) {
    if (!value.REDIS_SENTINEL_NAME)
      throw new ConfigError('REDIS_SENTINEL_NAME is missing: set it to what the Sentinels call the master.');
    return {
      kind: 'sentinel',
      sentinels: value.REDIS_SENTINELS,
      name: value.REDIS_SENTINEL_NAME,
      ...(value.REDIS_SENTINEL_PASSWORD && { sentinelPassword: value.REDIS_SENTINEL_PASSWORD }),
    };
  }
  const spare = (['REDIS_SENTINEL_NAME', 'REDIS_SENTINEL_PASSWORD'] as const).find((name) => value[name]);
  if (spare) throw new ConfigError(`${spare} is set without REDIS_SENTINELS: set both or none.`);
  if (value.REDIS_CLUSTER_NODES) return { kind: 'cluster', nodes: value.REDIS_CLUSTER_NODES };
  return { kind: 'node', url: value.REDIS_URL ?? 'redis://127.0.0.1:6379' };
}

function readSecret(name: string, path: string): string {
  try {
    const secret = readFileSync(path, 'utf8').trim();
    if (secret) return secret;
  } catch (error) {
    // The path is no secret, yet it may be one pasted into the wrong variable: it stays out of the message.
    throw new ConfigError(`${name} names a file that cannot be read: check the path and its permissions.`, {
      cause: error,
    });
  }
  throw new ConfigError(`${name} names an empty file: put the secret into it.`);
}

function sentence(issue: z.core.$ZodIssue, given: Readonly<Record<string, string>>): string {
  const name = String(issue.path[0]);
  if (name in given) return `${name} ${issue.message}.`;
  return `${name} is missing: set it (or ${name}_FILE) to ${HINTS[name] ?? 'a value'}.`;
}
