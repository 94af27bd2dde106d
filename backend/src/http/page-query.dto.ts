import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';

/** A page of a list. */
export class PageQueryDto {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit: number = 200;
}

const CURSOR = /^\d{1,9}$/;
const CURSOR_MESSAGE = 'cursor must be the nextCursor of the previous page';

/** A page of a list whose entries keep their places. */
export class NumberedPageQueryDto extends PageQueryDto {
  /** `nextCursor` of the previous page. */
  @IsOptional()
  @Matches(CURSOR, { message: CURSOR_MESSAGE })
  cursor?: string;
}

/** A page of a list that a server can return whole. */
export class ShortListQueryDto {
  /** Default: all. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;

  /** `nextCursor` of the previous page. */
  @IsOptional()
  @Matches(CURSOR, { message: CURSOR_MESSAGE })
  cursor?: string;
}

/** A page of entries that keep their places: the cursor is the number of entries before it. */
export function pageOf<T>(
  all: readonly T[],
  { limit = all.length, cursor }: ShortListQueryDto,
): { page: T[]; next: { nextCursor?: string } } {
  const from = Number(cursor ?? 0);
  return {
    page: all.slice(from, from + limit),
    next: from + limit < all.length ? { nextCursor: String(from + limit) } : {},
  };
}
