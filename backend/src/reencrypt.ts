import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { ConfigError, readConfig } from './config/config.js';
import { CodedError } from './engine/errors.js';
import { KeyRotation } from './operations/key-rotation.port.js';

// `npm run reencrypt`, or `node backend/dist/reencrypt.js` in the container: run it after adding a new first key to
// CREDENTIALS_KEYS.

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function foreseen(error: unknown): string {
  if (error instanceof ConfigError || error instanceof CodedError) return error.message;
  throw error;
}

try {
  const config = readConfig({ ...process.env, CLOUDMOVER_ROLE: 'api' });
  const { refusals } = await AppModule.prepareStore(config);
  if (refusals.length > 0) fail(refusals.join('\n'));
  const app = await NestFactory.createApplicationContext(AppModule.of(config), { logger: ['fatal', 'error'] });
  const { renewed, current, unreadable } = await app.get(KeyRotation).reencrypt();
  await app.close();
  process.stdout.write(
    `${renewed} re-encrypted, ${current} already encrypted with ${config.general.credentialsKeys[0]?.id ?? ''}, ${unreadable} unreadable\n`,
  );
  if (unreadable > 0)
    fail(
      'The unreadable ones are encrypted with a key that is not in CREDENTIALS_KEYS. Put that key back at its end and run this again, or leave it: their users will have to connect again.',
    );
  process.exit(0);
} catch (error) {
  fail(foreseen(error));
}
