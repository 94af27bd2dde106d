import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { OperatorOnly } from '../session/operator.guard.js';
import { AuditQueryDto } from './audit.dto.js';
import { AuditService } from './audit.service.js';

/** The audit log, for the operator. */
@ApiTags('operations')
@Controller('session')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  /**
   * The audit log
   * @remarks One line of JSON per event, oldest first: `id`, `at` (RFC 3339), `actor` (a Google account’s `sub`, or
   *   `operator`, `key:` and a machine key’s id, `cloudmover`, `unknown`), `with` (the other account whose token the request had), `action`, `object`,
   *   `outcome` (`done` or a problem’s code), `detail` (for a command also `by`: `source`, `destination` or `both`; where
   *   a transfer starts that carries sharing over, `sharing: carry` and `peopleLines`), `requestId`. The newest `AUDIT_MAX_ENTRIES` are kept. Each reading adds an entry.
   */
  @Get('audit')
  @OperatorOnly({ scope: 'audit' })
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string' } })
  getAuditLog(@Query() query: AuditQueryDto): Promise<StreamableFile> {
    return this.audit.read(query);
  }
}
