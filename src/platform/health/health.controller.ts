import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { HealthReport } from './health.dto.js';
import { Readiness } from './readiness.js';

/** For what watches the process from outside. Access to it is declared centrally: this rank knows no decorators of it. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @ApiOperation({
    summary: 'Is the process alive?',
    description:
      'Answers as long as the process serves requests, whatever is wrong around it: restart it when this fails.',
  })
  @ApiOkResponse({ type: HealthReport, description: 'It is alive.', example: { status: 'ok', checks: {} } })
  live(): HealthReport {
    return { status: 'ok', checks: {} };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Should it be sent requests?',
    description:
      'Unavailable while a part it needs is away, and from the moment on that it was told to stop.',
  })
  @ApiOkResponse({ type: HealthReport, description: 'Send it requests.' })
  @ApiServiceUnavailableResponse({
    type: HealthReport,
    description: 'Send it none for now.',
    headers: {
      'Retry-After': { description: 'Seconds.', required: true, schema: { type: 'string', example: '5' } },
    },
    example: { status: 'unavailable', checks: { database: 'unavailable', keys: 'ok' } },
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    const report = await this.readiness.report();
    if (report.status !== 'ok') reply.code(503).header('Retry-After', '5');
    return report;
  }
}
