import { ArrayMaxSize, ArrayMinSize, IsArray, IsOptional, Matches } from 'class-validator';
import { DRIVE_ID } from './transfer-request.dto.js';
import { TRANSFER_CURSOR, TRANSFER_CURSOR_MESSAGE } from './transfer-cursor.js';

/** Maximum number of originals in one request. */
export const MAX_ORIGINALS = 500;

export class CopyLookupDto {
  /**
   * Ids of originals; at most 500.
   * @example ["1AbCdEfGhIjKlMnOpQrStUvWxYz012345"]
   */
  @IsArray({ message: 'must be a list of ids' })
  @ArrayMinSize(1, { message: 'must have at least one id' })
  @ArrayMaxSize(MAX_ORIGINALS, { message: `may have at most ${MAX_ORIGINALS} ids; send several requests for more` })
  @Matches(DRIVE_ID, { each: true, message: 'each of ids must be the id of a file or folder' })
  ids!: string[];

  /** `nextCursor` of the previous response, to continue with older transfers. */
  @IsOptional()
  @Matches(TRANSFER_CURSOR, { message: TRANSFER_CURSOR_MESSAGE })
  cursor?: string;
}

/** The copy of an original. */
export class CopyDto {
  sourceId!: string;
  /** @example 1ZyXwVuTsRqPoNmLkJiHgFeDcBa543210 */
  destinationId!: string;
  /** @example Budget.pdf */
  name!: string;
  /** Address of the copy at Google. */
  webViewLink?: string;
}

export class CopyLookupResultDto {
  /** In no particular order; ids without a copy are not in it. */
  copies!: CopyDto[];
  /** There are older transfers to search. */
  nextCursor?: string;
}
