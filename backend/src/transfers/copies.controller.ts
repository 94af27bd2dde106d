import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Weighs } from '../http/throttle.guard.js';
import { Access, CallerSessions } from '../session/session.guard.js';
import type { Session } from '../session/session.port.js';
import { CopyLookupDto, CopyLookupResultDto } from './copies.dto.js';
import { CopyLookup } from './copy-lookup.js';

@ApiTags('transfers')
@Controller('api/copies')
export class CopiesController {
  constructor(private readonly lookup: CopyLookup) {}

  /**
   * Find the copies of originals
   * @remarks In the transfers from or to any account whose token the request contains, the newest first: of several
   *   copies of an original it returns the newest. An id of another account’s transfer is not found, like one that was
   *   never copied. A response may search only some of the transfers; it then has a `nextCursor` to continue with the
   *   ids that are missing.
   */
  @Post('search')
  @HttpCode(200)
  @Access('either')
  @Weighs(20)
  searchCopies(@Body() body: CopyLookupDto, @CallerSessions() callers: Session[]): Promise<CopyLookupResultDto> {
    return this.lookup.find(callers, body);
  }
}
