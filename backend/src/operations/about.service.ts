import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { BODY_LIMIT_BYTES } from '../http/limits.js';
import type { AboutDto } from './operations.dto.js';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};

/** Describes this installation. */
@Injectable()
export class AboutService {
  constructor(
    @InjectConfig('google') private readonly google: Config['google'],
    @InjectConfig('http') private readonly http: Config['http'],
    @InjectConfig('session') private readonly session: Config['session'],
    @InjectConfig('mail') private readonly mail: Config['mail'],
  ) {}

  about(): AboutDto {
    const { isSandbox, authUrl } = this.google;
    return {
      version,
      sandbox: isSandbox,
      // The origin of its consent page, at which browsers reach it.
      ...(isSandbox && { sandboxUrl: new URL(authUrl).origin }),
      publicUrl: this.http.publicUrl,
      mailAvailable: this.mail.smtp !== undefined,
      apiDocs: this.http.apiDocs,
      limits: {
        itemsPerTransfer: 1000,
        pageSize: 1000,
        bodyBytes: BODY_LIMIT_BYTES,
        requestsPerMinute: this.http.rateLimits.token,
        sessionSeconds: this.session.ttlSeconds,
      },
    };
  }
}
