import { ApiProperty } from '@nestjs/swagger';
import { IsUUID } from 'class-validator';

/** The path of one thing: `@Param() { id }: IdPath`. */
export class IdPath {
  /** @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11 */
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  id: string;
}
