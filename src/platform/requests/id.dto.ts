import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsUUID } from 'class-validator';

/** RFC 9562 §4: 'output as lower case', 'case insensitive on input'. Ids are keys: one spelling goes on. */
export function IsId(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ format: 'uuid' }),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value)),
    IsUUID(),
  );
}

/** The path of one thing: `@Param() { id }: IdPath`. */
export class IdPath {
  /** @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11 */
  @IsId()
  id: string;
}
