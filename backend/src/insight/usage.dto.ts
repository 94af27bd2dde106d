import { ApiProperty } from '@nestjs/swagger';
import { UNIT_CLASSES, type UnitClass } from '../engine/model/quota-units.js';

/** Requests of one of Google's classes, and their quota units. */
export class ClassUsageDto {
  /** `editors`: requests to the APIs of Docs, Sheets, Slides and Forms; `free`: parts of uploads. Both take no units. */
  @ApiProperty({ enum: UNIT_CLASSES, enumName: 'UnitClass' })
  class!: UnitClass;
  /** @example 1173 */
  requests!: number;
  /** @example 58650 */
  units!: number;
}

/**
 * What requests to Google used. Requests that Google refuses because of a rate limit use no units and are not counted.
 */
export class UsageDto {
  /** @example 1243 */
  requests!: number;
  /** Google's quota units. */
  units!: number;
  /** Only classes that occur. */
  byClass!: ClassUsageDto[];
  /** Bytes of the bodies of Google's responses, contents of files included. */
  bytesIn!: number;
  /** Bytes of the bodies of requests. */
  bytesOut!: number;
}
