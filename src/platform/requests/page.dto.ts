import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Max, Min, ValidateIf } from 'class-validator';

export const PAGE_LIMIT = 100;
export const PAGE_DEFAULT = 20;

/** The query of a list. A list with filters extends it by them. */
export class PageQuery {
  /** How many entries at most. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: PAGE_LIMIT, default: PAGE_DEFAULT })
  @Transform(({ value }: { value: unknown }) => wholeNumber(value))
  @IsInt()
  @Min(1)
  @Max(PAGE_LIMIT)
  limit: number = PAGE_DEFAULT;

  /** `next_cursor` of the page before; without it the list begins. */
  @ApiPropertyOptional()
  @ValidateIf((query: PageQuery) => query.cursor !== undefined)
  @IsString()
  cursor?: string;
}

/** Digits alone: `1e1`, `0x10` and ` 5` are other spellings of numbers, and none that a client means. */
function wholeNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
}
