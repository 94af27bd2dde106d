import { randomBytes } from 'node:crypto';
import { Test } from '@nestjs/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Job } from 'bullmq';
import request from 'supertest';
import { type Sandbox, startSandbox } from '@cloudmover/drive-sandbox';
import { AppModule } from '../../src/app.module.js';
import { httpAdapter, setupApp } from '../../src/app.setup.js';
import { type Config, readConfig, type Role } from '../../src/config/config.js';
import type { SessionType } from '../../src/session/session.port.js';
import { TransfersProcessor } from '../../src/transfers/transfers.processor.js';
import type { TransferJob } from '../../src/transfers/transfers.queue.js';
import { emptyRedis, redisUrl } from './redis.js';
import type { RedisTopology } from './redis-servers.js';

/** The product's configured URL; nothing listens there, because requests are injected into the server. */
export const PUBLIC_URL = 'http://localhost:3000';
const CLIENT = { clientId: 'test-client', clientSecret: 'test-client-secret' };

/** Settings that differ in another process. */
type Changes = { readonly [Name in 'general' | 'session']?: Partial<Config[Name]> };

/** The whole product on a real Redis and the sandbox, in this process. */
export interface Stack {
  readonly app: NestFastifyApplication;
  readonly sandbox: Sandbox;
  /** A request to the product. */
  readonly api: ReturnType<typeof request>;
  /** Calls the sandbox's control API; returns its JSON response. */
  control<T = unknown>(method: string, path: string, body?: object): Promise<T>;
  /** Maintains the open transfers now, as one worker does every five seconds. Needs the role `all`. */
  maintain(): Promise<void>;
  /** Starts another process of the product; close it before the stack. */
  startAnother(role: Role): Promise<NestFastifyApplication>;
  /** Restarts the product on the same Redis, like a deployment, optionally with other settings. */
  restart(changes?: Changes): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the product like main.ts, with a new key ring, so that data of earlier tests cannot be read.
 * @param env additional environment variables; without CLOUDMOVER_ROLE there is no worker
 * @param redis a new one instead of the shared one, which is emptied
 */
export async function startStack(env: Record<string, string> = {}, redis?: Pick<RedisTopology, 'env'>): Promise<Stack> {
  if (!redis) await emptyRedis();
  const redirectUris = ['source', 'destination', 'general'].map((type) => `${PUBLIC_URL}/auth/${type}/callback`);
  const sandbox = await startSandbox({ clients: [{ ...CLIENT, redirectUris }] });
  const config = readConfig({
    CLOUDMOVER_ROLE: 'api',
    LOG_LEVEL: 'silent',
    ...(redis?.env ?? { REDIS_URL: redisUrl() }),
    PUBLIC_URL,
    GOOGLE_BASE_URL: sandbox.url,
    GOOGLE_CLIENT_ID: CLIENT.clientId,
    GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
    CREDENTIALS_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    RATE_LIMIT_TOKEN: '1000000',
    RATE_LIMIT_ADDRESS: '1000000',
    RATE_LIMIT_SIGN_IN: '1000000',
    ...env,
  });
  let app = await startApp(config);
  return {
    get app() {
      return app;
    },
    get api() {
      return request(app.getHttpServer());
    },
    sandbox,
    async control<T>(method: string, path: string, body?: object): Promise<T> {
      const response = await fetch(`${sandbox.url}/__sandbox/${path}`, {
        method,
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`The sandbox returned ${response.status} for ${method} ${path}: ${text}`);
      return (
        text && response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text
      ) as T;
    },
    maintain: () =>
      app.get(TransfersProcessor, { strict: false }).process({ data: { step: 'watch' } } as Job<TransferJob>),
    startAnother: (role) => startApp(changed(config, { general: { role } })),
    async restart(changes: Changes = {}): Promise<void> {
      await app.close();
      app = await startApp(changed(config, changes));
    },
    async close(): Promise<void> {
      await app.close();
      await sandbox.close();
    },
  };
}

const changed = (config: Config, changes: Changes): Config => ({
  ...config,
  general: { ...config.general, ...changes.general },
  session: { ...config.session, ...changes.session },
});

async function startApp(config: Config): Promise<NestFastifyApplication> {
  const module = await Test.createTestingModule({ imports: [AppModule.of(config)] }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(httpAdapter(config), { logger: false });
  await setupApp(app);
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

/** The user's response to Google's consent page. */
export type Consent = 'allow' | 'deny' | 'no_drive';

/** A browser that is about to return from Google's consent page. */
export interface Returning {
  /** Path and query of the callback. */
  readonly callback: string;
  readonly cookie: string;
}

/** Goes to Google and responds to the consent page. */
export async function consent(
  stack: Stack,
  type: SessionType,
  account: string,
  answer: Consent = 'allow',
  query: Record<string, string> = {},
): Promise<Returning> {
  const leaving = await stack.api.get(`/auth/${type}`).query(query).expect(302);
  const page = new URL(leaving.headers['location'] ?? '');
  page.searchParams.set('sandbox_account', account);
  page.searchParams.set('sandbox_consent', answer);
  const back = await fetch(page, { redirect: 'manual' });
  const callback = new URL(back.headers.get('location') ?? '', page);
  if (callback.origin !== PUBLIC_URL) throw new Error(`The sandbox sent the browser to ${callback.origin}.`);
  const [cookie] = leaving.get('Set-Cookie') ?? [];
  return { callback: callback.pathname + callback.search, cookie: cookie?.split(';')[0] ?? '' };
}

/** Returns from Google. @returns the parameters that the portal gets */
export async function comeBack(stack: Stack, { callback, cookie }: Returning): Promise<Record<string, string>> {
  const answer = await stack.api.get(callback).set('Cookie', cookie).expect(302);
  const portal = new URL(answer.headers['location'] ?? '');
  if (portal.origin !== PUBLIC_URL || portal.pathname !== '/') throw new Error(`Sent to ${portal.href}.`);
  return Object.fromEntries(portal.searchParams);
}

/**
 * Connects an account like a user. @returns the session's token
 * @param query of the sign-in, such as `access: 'readonly'`
 */
export async function connect(
  stack: Stack,
  type: SessionType,
  account: string,
  query: Record<string, string> = {},
): Promise<string> {
  const { token, error } = await comeBack(stack, await consent(stack, type, account, 'allow', query));
  if (!token) throw new Error(`Connecting ${account} failed: ${error}`);
  return token;
}
