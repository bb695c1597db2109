import { ApiProperty } from '@nestjs/swagger';
import type { Standing } from './readiness.js';

/** How the service stands. */
export class HealthReport {
  /** `ok` only when every check is. */
  @ApiProperty({ enum: ['ok', 'unavailable'], example: 'ok' })
  status: Standing;

  /** Each part by name. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', enum: ['ok', 'unavailable'] },
    example: { database: 'ok', keys: 'ok' },
  })
  checks: Record<string, Standing>;
}
