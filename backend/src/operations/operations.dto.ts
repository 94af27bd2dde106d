import { ApiProperty } from '@nestjs/swagger';

/** The process works. */
export class HealthDto {
  @ApiProperty({ example: 'ok' })
  status!: 'ok';
}

/** Limits of this server, for clients. */
export class LimitsDto {
  /** @example 1000 */
  itemsPerTransfer!: number;

  /**
   * Items per page of a listing.
   * @example 1000
   */
  pageSize!: number;

  /**
   * Bytes of a request's body.
   * @example 102400
   */
  bodyBytes!: number;

  /**
   * Units per minute and token; most calls cost one. See the `RateLimit` header of each response.
   * @example 1200
   */
  requestsPerMinute!: number;

  /**
   * Lifetime of a session in seconds.
   * @example 86400
   */
  sessionSeconds!: number;
}

/** Description of this server. */
export class AboutDto {
  /** @example "0.1.0" */
  version!: string;

  /** True if a sandbox replaces Google, so that no account or file is real. */
  sandbox!: boolean;

  /**
   * URL that shows the sandbox's accounts and Drives; only with a sandbox.
   * @example "http://127.0.0.1:4010"
   */
  sandboxUrl?: string;

  /**
   * Where browsers reach this server (PUBLIC_URL). A sign-in must begin there, because its cookie belongs to that host.
   * @example "https://mover.example.com"
   */
  publicUrl!: string;

  /** Whether this server sends e-mails, so that `notify` of a transfer is possible. */
  mailAvailable!: boolean;

  /** Whether this server has the API’s console (`/docs`) and description (`/openapi.json`). */
  apiDocs!: boolean;

  limits!: LimitsDto;
}
