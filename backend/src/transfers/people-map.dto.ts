import { ApiProperty } from '@nestjs/swagger';
import {
  PEOPLE_MAP_CODES,
  type PeopleMapCode,
  type PeopleMapError,
  readPeopleCsv,
  textOfCsv,
} from '../engine/sharing/people-map.js';
import { InvalidRequestError } from '../http/errors.js';
import { PersonDto } from './sharing.dto.js';

/** A valid line of a people map. */
export class PeopleMapLineDto extends PersonDto {
  /** Of the file, from 1. */
  line!: number;
}

/** What is wrong with a line. */
export class PeopleMapErrorDto implements PeopleMapError {
  /** Of the file, from 1. */
  line!: number;
  @ApiProperty({ enum: PEOPLE_MAP_CODES, enumName: 'PeopleMapCode', example: 'bad_to' })
  code!: PeopleMapCode;
  /** What is wrong and how to fix it. */
  detail!: string;
}

/** A people map as it was read. read = valid + errors; of a file with too many lines none is valid, and one has an error. */
export class PeopleMapDto {
  /** Lines with content, without the header. */
  read!: number;
  valid!: number;
  errors!: PeopleMapErrorDto[];
  /** The valid lines, in the form that preflights and transfers take. */
  lines!: PeopleMapLineDto[];

  /** @throws InvalidRequestError if there is no file */
  static ofFile(file: unknown): PeopleMapDto {
    if (!Buffer.isBuffer(file)) throw new InvalidRequestError('The body must be the CSV file of a people map.');
    const { read, lines, errors } = readPeopleCsv(textOfCsv(file));
    return { read, valid: lines.length, errors: [...errors], lines: [...lines] };
  }
}
