import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import { MayBeLeftOut } from '../http/validation.js';
import { pageOf, type ShortListQueryDto } from '../http/page-query.dto.js';
import type { Issue } from './issued-keys.js';
import { KEY_SCOPES, type KeyScope, type MachineKey } from './issued-keys.port.js';
import { iso } from './session.dto.js';

const MAX_NAME = 100;
const MAX_DAYS = 366;
const USUAL_DAYS = 90;

export class NewMachineKeyDto {
  /**
   * Which program uses it, for people.
   * @example "Nightly import"
   */
  @IsString()
  @Length(1, MAX_NAME)
  name!: string;

  /**
   * What it opens. `sessions:create`: `POST /session`; `analytics`: `GET /session/analytics` and
   * `GET /api/usage`; `audit`: `GET /session/audit`; `transfers`: the messages about transfers,
   * `GET /api/webhooks/{id}/deliveries` and each of them, and `GET /api/schedules`; `migrations`: nothing yet.
   * @example ["sessions:create"]
   */
  @ApiProperty({
    type: [String],
    enum: KEY_SCOPES,
    enumName: 'KeyScope',
    minItems: 1,
    maxItems: KEY_SCOPES.length,
    uniqueItems: true,
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(KEY_SCOPES.length)
  @ArrayUnique({ message: 'must name each scope once' })
  @IsIn(KEY_SCOPES, { each: true })
  scopes!: KeyScope[];

  /** After how many days it ends. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_DAYS, default: USUAL_DAYS, required: false })
  @MayBeLeftOut()
  @IsInt()
  @Min(1)
  @Max(MAX_DAYS)
  expiresInDays: number = USUAL_DAYS;
}

/** A key that a program sends in `X-Operator-Key`. */
export class MachineKeyDto {
  /**
   * The part of the key between its prefix and the dot; the audit log names it.
   * @example "q5Zt0c9hT2uKjH1xV3mW8w"
   */
  id!: string;

  /** @example "Nightly import" */
  name!: string;

  @ApiProperty({ enum: KEY_SCOPES, enumName: 'KeyScope', isArray: true })
  scopes!: KeyScope[];

  /** @example "2026-11-22T10:22:00.000Z" */
  createdAt!: string;

  /**
   * When it ends. An expired key stays in the list for 30 days.
   * @example "2027-02-20T10:22:00.000Z"
   */
  expiresAt!: string;

  /** Exact to a minute; null if it was never used. */
  @ApiProperty({ type: String, nullable: true, example: '2026-11-22T11:00:00.000Z' })
  lastUsedAt!: string | null;

  static of({ id, name, scopes, createdAt, expiresAt, lastUsedAt }: MachineKey): MachineKeyDto {
    return {
      ...{ id, name, scopes: [...scopes], createdAt: iso(createdAt), expiresAt: iso(expiresAt) },
      lastUsedAt: lastUsedAt === undefined ? null : iso(lastUsedAt),
    };
  }
}

export class MachineKeyCreatedDto extends MachineKeyDto {
  /**
   * The key. It is shown only here: CloudMover stores only a digest.
   * @example "cmk_q5Zt0c9hT2uKjH1xV3mW8w.3q2-7wEUZ0v8nJmK1xYpLr5sQhT9bVcDfGiAoEuWkHs"
   */
  key!: string;

  static issued({ text, key }: Issue<'machine'>): MachineKeyCreatedDto {
    return { ...MachineKeyDto.of(key), key: text };
  }
}

export class MachineKeyListDto {
  /** Newest first. */
  keys!: MachineKeyDto[];
  nextCursor?: string;

  static of(keys: readonly MachineKey[], query: ShortListQueryDto): MachineKeyListDto {
    const { page, next } = pageOf(keys, query);
    return { keys: page.map((key) => MachineKeyDto.of(key)), ...next };
  }
}
