import { applyDecorators, Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../http/idempotency.js';
import { ShortListQueryDto } from '../http/page-query.dto.js';
import { Weighs } from '../http/throttle.guard.js';
import { OperatorOnly } from '../session/operator.guard.js';
import type { OperatorRule } from '../session/operator-key.js';
import {
  DeliveryDetailDto,
  DeliveryDto,
  DeliveryListDto,
  DeliveryQueryDto,
  NewWebhookDto,
  WebhookChangeDto,
  WebhookDto,
  WebhookListDto,
  WebhookSecretDto,
  WebhookWithSecretDto,
} from './webhooks.dto.js';
import { WebhooksService } from './webhooks.service.js';

/** An operator's endpoint about one webhook. */
const OfWebhook = (rule: OperatorRule = {}): MethodDecorator =>
  applyDecorators(
    ApiParam({ name: 'id', example: 'q5Zt0c9hT2uKjH1xV3mW8w' }),
    OperatorOnly(rule),
    ApiProblems('webhook_not_found'),
  );

const OfDelivery = (rule?: OperatorRule): MethodDecorator =>
  applyDecorators(
    ApiParam({ name: 'deliveryId', example: 'msg_p5jXN8AQM9LWM0D4loKWxJ' }),
    OfWebhook(rule),
    ApiProblems('delivery_not_found'),
  );

/** Webhooks, for the operator. docs/webhooks.md explains how a receiver verifies messages. */
@ApiTags('webhooks')
@Controller('api/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  /**
   * Create a webhook
   * @remarks It gets messages about the transfers of all accounts, signed as the Standard Webhooks specification says.
   *   The response contains the secret, which is not shown again.
   */
  @Post()
  @ApiIdempotencyKey()
  @OperatorOnly()
  @Weighs(10)
  @ApiProblems('address_refused', 'body_too_large', 'too_many_webhooks')
  create(@Body() webhook: NewWebhookDto, @IdempotencyKey() key: string | undefined): Promise<WebhookWithSecretDto> {
    return this.webhooks.create(webhook, key);
  }

  /**
   * List the webhooks
   * @remarks Oldest first, including disabled ones.
   */
  @Get()
  @OperatorOnly({ polled: true })
  async list(@Query() query: ShortListQueryDto): Promise<WebhookListDto> {
    return WebhookListDto.of(await this.webhooks.list(), query);
  }

  /**
   * A webhook
   * @remarks With its state and the number of deliveries that wait, without its secret.
   */
  @Get(':id')
  @OfWebhook({ polled: true })
  get(@Param('id') id: string): Promise<WebhookDto> {
    return this.webhooks.get(id);
  }

  /**
   * Change, enable or disable a webhook
   * @remarks Fields that the body omits stay. Enabling sends what waited; events that happened meanwhile are not sent.
   */
  @Patch(':id')
  @OfWebhook()
  @Weighs(10)
  @ApiProblems('address_refused', 'body_too_large')
  update(@Param('id') id: string, @Body() change: WebhookChangeDto): Promise<WebhookDto> {
    return this.webhooks.change(id, change);
  }

  /**
   * Delete a webhook and its deliveries
   * @remarks What waits is not sent. To keep its deliveries, disable it instead.
   */
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'The webhook is deleted.' })
  @OfWebhook()
  delete(@Param('id') id: string): Promise<void> {
    return this.webhooks.delete(id);
  }

  /**
   * Replace the secret
   * @remarks For a day, messages also have a signature by the previous secret, so that receivers can change it at any
   *   time.
   */
  @Post(':id/rotate-secret')
  @HttpCode(200)
  @ApiIdempotencyKey()
  @OfWebhook()
  rotateSecret(@Param('id') id: string, @IdempotencyKey() key: string | undefined): Promise<WebhookSecretDto> {
    return this.webhooks.rotateSecret(id, key);
  }

  /**
   * Send a test event
   * @remarks One attempt, also while the webhook is disabled. Read the delivery for the result.
   */
  @Post(':id/test')
  @HttpCode(202)
  @OfWebhook()
  @Weighs(10)
  test(@Param('id') id: string): Promise<DeliveryDto> {
    return this.webhooks.sendTest(id);
  }

  /**
   * List a webhook’s deliveries
   * @remarks Newest first, each with the receiver’s responses; with `state` or `type`, only those that match.
   */
  @Get(':id/deliveries')
  @OfWebhook({ polled: true, scope: 'transfers' })
  listDeliveries(@Param('id') id: string, @Query() query: DeliveryQueryDto): Promise<DeliveryListDto> {
    return this.webhooks.deliveries(id, query);
  }

  /**
   * A delivery
   * @remarks With its message and the beginning of the receiver’s latest response.
   */
  @Get(':id/deliveries/:deliveryId')
  @OfDelivery({ scope: 'transfers' })
  getDelivery(@Param('id') id: string, @Param('deliveryId') deliveryId: string): Promise<DeliveryDetailDto> {
    return this.webhooks.delivery(id, deliveryId);
  }

  /**
   * Send a delivery again
   * @remarks One that waits is sent now, after those before it about the same transfer. One that was delivered, or
   *   failed, is sent once more; it keeps its `webhook-id`. While the webhook is disabled, each is attempted once.
   */
  @Post(':id/deliveries/:deliveryId/send')
  @HttpCode(202)
  @OfDelivery()
  @Weighs(10)
  resendDelivery(@Param('id') id: string, @Param('deliveryId') deliveryId: string): Promise<DeliveryDto> {
    return this.webhooks.sendAgain(id, deliveryId);
  }
}
