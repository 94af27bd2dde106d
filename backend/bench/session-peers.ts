// Sessions built from well-known packages, for comparison: Nest with `express-session` and `connect-redis`, or with
// `@fastify/session`, each with the throttler's Redis storage and encrypted credentials in the session.
//   REDIS_URL=… node backend/bench/session-peers.ts express|fastify PORT FOLDER
// FOLDER holds the packages of session-peers/package.json. `GET /sign-in` sets the session's cookie; `GET /validate`
// returns the account of a live session, after decrypting its credentials and counting the request.
// Type stripping does not support decorators, so they are called as functions.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [framework = 'express', port = '0', folder = '.'] = process.argv.slice(2);
const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const from = createRequire(join(folder, 'package.json'));
const peer = <Module>(name: string): Module => from(name) as Module;

/** The used parts of the packages. */
type Options = Record<string, unknown>;
type Middleware = (request: unknown, response: unknown, next: () => void) => void;
interface Session {
  credentials?: string;
  account?: { sub: string; email: string; name: string; expiresAt: number };
}
type Plugin = (instance: unknown, options: Options) => Promise<void>;
interface SessionRequest {
  session: Session;
}

peer('reflect-metadata');
const { Controller, Get, Module, Req, UnauthorizedException } = peer<typeof import('@nestjs/common')>('@nestjs/common');
const { APP_GUARD, NestFactory } = peer<typeof import('@nestjs/core')>('@nestjs/core');
const { ThrottlerGuard, ThrottlerModule } = peer<typeof import('@nestjs/throttler')>('@nestjs/throttler');
const { ThrottlerStorageRedisService } = peer<{
  ThrottlerStorageRedisService: new (url: string) => import('@nestjs/throttler').ThrottlerStorage;
}>('@nest-lab/throttler-storage-redis');
const { RedisStore } = peer<{ RedisStore: new (options: Options) => object }>('connect-redis');
const { createClient } = peer<{ createClient: (options: Options) => { connect(): Promise<unknown> } }>('redis');

const key = randomBytes(32);
function encrypt(value: object): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  return Buffer.concat([iv, cipher.update(JSON.stringify(value)), cipher.final(), cipher.getAuthTag()]).toString(
    'base64',
  );
}
function decrypt(text: string): { accessToken: string } {
  const bytes = Buffer.from(text, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAuthTag(bytes.subarray(-16));
  return JSON.parse(decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')) as {
    accessToken: string;
  };
}

class SessionController {
  signIn({ session }: SessionRequest): { signedIn: true } {
    session.credentials = encrypt({
      accessToken: randomBytes(150).toString('base64url'),
      refreshToken: randomBytes(75).toString('base64url'),
      scopes: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/drive'],
    });
    session.account = {
      sub: '100000000000000000000',
      email: 'alice@example.com',
      name: 'Alice',
      expiresAt: Date.now() + 86_400_000,
    };
    return { signedIn: true };
  }

  validate({ session }: SessionRequest): object {
    if (!session.account || !session.credentials || !decrypt(session.credentials).accessToken)
      throw new UnauthorizedException();
    return { valid: true, ...session.account };
  }
}
const method = (name: 'signIn' | 'validate') =>
  Object.getOwnPropertyDescriptor(SessionController.prototype, name) as TypedPropertyDescriptor<unknown>;
for (const [path, name] of [
  ['sign-in', 'signIn'],
  ['validate', 'validate'],
] as const) {
  Get(path)(SessionController.prototype, name, method(name));
  Req()(SessionController.prototype, name, 0);
}
Controller()(SessionController);

class AppModule {}
Module({
  imports: [
    ThrottlerModule.forRoot({
      throttlers: [{ ttl: 60_000, limit: 100_000_000 }],
      storage: new ThrottlerStorageRedisService(redisUrl),
    }),
  ],
  controllers: [SessionController],
  providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
})(AppModule);

const client = createClient({ url: redisUrl });
await client.connect();
const store = new RedisStore({ client, prefix: `${framework}:` });
const common = { secret: randomBytes(32).toString('hex'), saveUninitialized: false, store };

if (framework === 'express') {
  const { ExpressAdapter } = peer<{ ExpressAdapter: new () => import('@nestjs/common').HttpServer }>(
    '@nestjs/platform-express',
  );
  const session = peer<(options: Options) => Middleware>('express-session');
  const app = await NestFactory.create(AppModule, new ExpressAdapter() as never, { logger: ['error'] });
  app.use(session({ ...common, resave: false, cookie: { maxAge: 86_400_000 } }));
  await app.listen(Number(port), '127.0.0.1');
} else {
  const { FastifyAdapter } = peer<typeof import('@nestjs/platform-fastify')>('@nestjs/platform-fastify');
  const app = await NestFactory.create<import('@nestjs/platform-fastify').NestFastifyApplication>(
    AppModule,
    new FastifyAdapter(),
    { logger: ['error'] },
  );
  await app.register(peer<Plugin>('@fastify/cookie'));
  await app.register(peer<Plugin>('@fastify/session'), { ...common, cookie: { maxAge: 86_400_000, secure: false } });
  await app.listen(Number(port), '127.0.0.1');
}
