import { ApiProperty, IntersectionType, PartialType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateBy,
} from 'class-validator';
import { pageOf, PageQueryDto, type ShortListQueryDto } from '../http/page-query.dto.js';
import { MayBeLeftOut } from '../http/validation.js';
import { MESSAGE_TYPES, type MessageType, WEBHOOK_EVENTS, type WebhookEvent } from './webhook-events.js';
import {
  ATTEMPT_ERRORS,
  type AttemptError,
  DELIVERY_STATES,
  type DeliveryState,
  DISABLED_REASONS,
  type DisabledReason,
} from './webhooks.port.js';

const MAX_URL = 2_000;
const MAX_DESCRIPTION = 200;

const IsWebUrl = () =>
  ValidateBy({
    name: 'isWebUrl',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' &&
        value.length <= MAX_URL &&
        /^https?:\/\/[^\s\p{Cc}]+$/u.test(value) &&
        URL.canParse(value),
      defaultMessage: () => `must be a URL such as https://example.com/hook, of at most ${MAX_URL} characters`,
    },
  });

export class NewWebhookDto {
  /**
   * Where messages are sent. `https`, to a public address, unless the operator configured otherwise
   * (`WEBHOOKS_ALLOW_HTTP`, `WEBHOOKS_ALLOWED_NETWORKS`).
   * @example https://example.com/hook
   */
  @ApiProperty({ type: String, maxLength: MAX_URL, pattern: '^https?://', example: 'https://example.com/hook' })
  @IsWebUrl()
  url!: string;

  /** @example ["transfer.completed", "transfer.failed"] */
  @ApiProperty({
    type: [String],
    enum: WEBHOOK_EVENTS,
    enumName: 'WebhookEvent',
    minItems: 1,
    maxItems: WEBHOOK_EVENTS.length,
    uniqueItems: true,
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(WEBHOOK_EVENTS.length)
  @ArrayUnique({ message: 'must name each event once' })
  @IsIn(WEBHOOK_EVENTS, { each: true })
  events!: WebhookEvent[];

  /** A note for people. */
  @MayBeLeftOut()
  @IsString()
  @MaxLength(MAX_DESCRIPTION)
  description?: string;
}

class EnabledDto {
  /** Whether messages are sent. Enabling sends what waited; events that happened meanwhile are not sent. */
  @MayBeLeftOut()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}

/** What to change; the rest stays. */
export class WebhookChangeDto extends IntersectionType(
  PartialType(NewWebhookDto, { skipNullProperties: false }),
  EnabledDto,
) {}

export class WebhookDto {
  /** @example q5Zt0c9hT2uKjH1xV3mW8w */
  id!: string;
  /** @example https://example.com/hook */
  url!: string;
  @ApiProperty({ enum: WEBHOOK_EVENTS, enumName: 'WebhookEvent', isArray: true })
  events!: WebhookEvent[];
  description!: string;
  createdAt!: string;
  enabled!: boolean;
  /**
   * Why it is off: `operator`; `no_success`: no successful response for three days; `gone`: its receiver returned 410;
   * `backlog`: too many deliveries waited.
   */
  @IsIn(DISABLED_REASONS)
  disabledReason?: DisabledReason;
  disabledAt?: string;
  /** When its receiver last returned a successful response. */
  lastSuccessAt?: string;
  /** Number of deliveries that wait for an attempt. */
  waiting!: number;
  /** Until then, the secrets that were replaced sign messages too. */
  previousSecretUntil?: string;
}

export class WebhookWithSecretDto extends WebhookDto {
  /**
   * Signs every message. It is not shown again.
   * @example whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD
   */
  secret!: string;
}

export class WebhookSecretDto {
  /**
   * The new secret. It is not shown again.
   * @example whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD
   */
  secret!: string;
  /** Until then, messages have a signature by the previous secret too. */
  previousSecretUntil!: string;
}

export class WebhookListDto {
  /** Oldest first. */
  webhooks!: WebhookDto[];
  nextCursor?: string;

  static of(webhooks: readonly WebhookDto[], query: ShortListQueryDto): WebhookListDto {
    const { page, next } = pageOf(webhooks, query);
    return { webhooks: page, ...next };
  }
}

/** One request to the receiver. */
export class AttemptDto {
  at!: string;
  /** Until the head of the response, or the failure. */
  latencyMs!: number;
  /**
   * HTTP status of the response; omitted if there was none.
   * @example 204
   */
  status?: number;
  /**
   * Why there was no response: `address_refused`: its address is inside a network that is not allowed;
   * `http_refused`: its URL is not encrypted, which is not allowed;
   * `name_not_found`; `connection_failed`; `tls_failed`: its certificate is not valid; `timeout`; `invalid_response`.
   */
  @IsIn(ATTEMPT_ERRORS)
  error?: AttemptError;
}

export class DeliveryDto {
  /**
   * The message’s `webhook-id`.
   * @example msg_p5jXN8AQM9LWM0D4loKWxJ
   */
  id!: string;
  @ApiProperty({ enum: MESSAGE_TYPES, enumName: 'WebhookMessageType' })
  type!: MessageType;
  createdAt!: string;
  /** `waiting`: it is sent, or sent again, later; `delivered`; `failed`: CloudMover gave up. */
  @IsIn(DELIVERY_STATES)
  state!: DeliveryState;
  /** The latest twenty, oldest first. */
  attempts!: AttemptDto[];
  /** When it is sent next; omitted while an earlier message about the same transfer waits. */
  nextAttemptAt?: string;
}

export class DeliveryDetailDto extends DeliveryDto {
  /** The message as it is sent. */
  body!: string;
  /** The first kilobyte of the latest response. */
  reply?: string;
}

export class DeliveryQueryDto extends PageQueryDto {
  /** `nextCursor` of the previous page. */
  @IsOptional()
  @Matches(/^\d{1,16}\.[\w-]{1,64}$/, { message: 'cursor must be the nextCursor of the previous page' })
  cursor?: string;

  /** Only deliveries with this outcome. */
  @IsOptional()
  @IsIn(DELIVERY_STATES)
  state?: DeliveryState;

  /** Only messages of this type. */
  @ApiProperty({ enum: MESSAGE_TYPES, enumName: 'WebhookMessageType', required: false })
  @IsOptional()
  @IsIn(MESSAGE_TYPES)
  type?: MessageType;
}

export class DeliveryListDto {
  /** Newest first. */
  deliveries!: DeliveryDto[];
  nextCursor?: string;
}
