import { ApiProperty, ApiSchema } from '@nestjs/swagger';

/** The process works. */
@ApiSchema({ name: 'Health' })
export class HealthDto {
  @ApiProperty({ example: 'ok' })
  status!: 'ok';
}

/** Limits of this server that a client can hold itself to. */
@ApiSchema({ name: 'Limits' })
export class LimitsDto {
  /** @example 1000 */
  itemsPerTransfer!: number;

  /** Items a page of a listing.
   * @example 1000 */
  pageSize!: number;

  /** Bytes of a request's body.
   * @example 102400 */
  bodyBytes!: number;

  /** Units of calls a minute and token; most calls cost one, see the `RateLimit` header of each answer.
   * @example 1200 */
  requestsPerMinute!: number;

  /** Seconds a session lives.
   * @example 86400 */
  sessionSeconds!: number;
}

/** What this server is. */
@ApiSchema({ name: 'About' })
export class AboutDto {
  /** @example "0.1.0" */
  version!: string;

  /** True when a sandbox stands in for Google: nothing here is a real account or file. */
  sandbox!: boolean;

  /**
   * Where the sandbox's accounts and their Drives are shown; only with a sandbox.
   * @example "http://127.0.0.1:4010"
   */
  sandboxUrl?: string;

  /** Whether the API’s console (`/docs`) and description (`/openapi.json`) are served here. */
  apiDocs!: boolean;

  limits!: LimitsDto;
}
