import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../http/idempotency.js';
import { ShortListQueryDto } from '../http/page-query.dto.js';
import { Weighs } from '../http/throttle.guard.js';
import { IssuedKeys } from './issued-keys.js';
import { MachineKeyCreatedDto, MachineKeyListDto, NewMachineKeyDto } from './keys.dto.js';
import { OperatorOnly } from './operator.guard.js';

/** Machine keys, for the operator. */
@ApiTags('keys')
@Controller('api/keys')
export class KeysController {
  constructor(private readonly keys: IssuedKeys) {}

  /**
   * Create a machine key
   * @remarks For a program, which sends it in `X-Operator-Key`. It opens only what its scopes say, and its uses are in
   *   the audit log. Only the operator key itself creates one. CloudMover stores only a digest of it; with an
   *   `Idempotency-Key`, also the response for 24 hours, encrypted.
   */
  @Post()
  @OperatorOnly({ keyOnly: true })
  @Weighs(10)
  @ApiProblems('body_too_large', 'too_many_keys')
  @ApiIdempotencyKey()
  async create(
    @Body() body: NewMachineKeyDto,
    @IdempotencyKey() key: string | undefined,
  ): Promise<MachineKeyCreatedDto> {
    return MachineKeyCreatedDto.issued(await this.keys.createMachineKey(body, key));
  }

  /**
   * List the machine keys
   * @remarks Newest first, without the keys themselves. An expired one stays for 30 days.
   */
  @Get()
  @OperatorOnly({ polled: true })
  async list(@Query() query: ShortListQueryDto): Promise<MachineKeyListDto> {
    return MachineKeyListDto.of(await this.keys.machineKeys(), query);
  }

  /**
   * End a machine key
   * @remarks It stops at once, in all processes.
   */
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'The key has ended.' })
  @ApiParam({ name: 'id', example: 'q5Zt0c9hT2uKjH1xV3mW8w' })
  @OperatorOnly()
  @ApiProblems('key_not_found')
  end(@Param('id') id: string): Promise<void> {
    return this.keys.endMachineKey(id);
  }
}
