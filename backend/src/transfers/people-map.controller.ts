import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import { FILE_TYPES, FileBody } from '../http/body-limit.js';
import { PEOPLE_BODY_LIMIT_BYTES } from '../http/limits.js';
import { Weighs } from '../http/throttle.guard.js';
import { Access } from '../session/session.guard.js';
import { PeopleMapDto } from './people-map.dto.js';

@ApiTags('preflights')
@Controller('api/people-map')
export class PeopleMapController {
  /**
   * Check a people map
   * @remarks Reads a CSV file with the columns `from` and `to`, and reports each wrong line by its number; nothing is stored.
   * Commas, semicolons and tabs; quotes; with or without a header, such as `from,to` or `Old address,New address`; UTF-8, UTF-16 with a byte-order mark, or Windows-1252.
   * At most 20,000 lines.
   */
  @Post()
  @HttpCode(200)
  @ApiConsumes(...FILE_TYPES)
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiOkResponse({ type: PeopleMapDto })
  @ApiProblems('body_too_large')
  @Access('any')
  @Weighs(10)
  @FileBody(PEOPLE_BODY_LIMIT_BYTES)
  checkPeopleMap(@Body() file: Buffer): PeopleMapDto {
    return PeopleMapDto.ofFile(file);
  }
}
