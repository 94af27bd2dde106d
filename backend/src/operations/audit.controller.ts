import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { OperatorOnly } from '../session/operator.guard.js';
import { AuditQueryDto } from './audit.dto.js';
import { AuditService } from './audit.service.js';

/** What was done to accounts, sessions and transfers, and by whom. */
@ApiTags('operations')
@Controller('session')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  /**
   * The audit log
   * @remarks A line of JSON an event, oldest first: `id`, `at` (RFC 3339), `actor` (a Google account’s `sub`, or
   * `operator`, `cloudmover`, `unknown`), `with` (the other account whose token came with the same request), `action`,
   * `object`, `outcome` (`done` or a problem’s code), `detail` (of a command also `by`: `source`, `destination` or
   * `both`), `requestId`. The newest `AUDIT_MAX_ENTRIES` are kept. Reading it is an entry itself.
   */
  @Get('audit')
  @OperatorOnly()
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string' } })
  readAudit(@Query() query: AuditQueryDto): Promise<StreamableFile> {
    return this.audit.read(query);
  }
}
