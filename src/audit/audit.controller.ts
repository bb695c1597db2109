import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../access/index.js';
import { ServiceUnavailable } from '../platform/http/index.js';
import { Problems } from '../platform/problem/index.js';
import { Cursors } from '../platform/requests/index.js';
import { AuditEventDto, AuditPageDto, AuditQuery } from './audit.dto.js';
import { AuditService } from './audit.service.js';

const LIST = 'admin/audit';

@ApiTags('admin')
@Controller(LIST)
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly cursors: Cursors,
  ) {}

  /**
   * What happened
   *
   * @remarks The newest first. `audit:verify` on the command line verifies that nothing was changed.
   */
  @Get()
  @RequirePermissions('audit:read')
  @Problems(ServiceUnavailable)
  async list(@Query() { limit, cursor, ...asked }: AuditQuery): Promise<AuditPageDto> {
    const after = this.cursors.decode(LIST, cursor);
    const page = await this.audit.list({ limit, after }, asked);
    return this.cursors.present(LIST, page, (row) => AuditEventDto.of(row));
  }
}
