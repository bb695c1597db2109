import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentUser, Policy, RequirePermissions, type Principal } from '../access/index.js';
import { NotFound, ServiceUnavailable } from '../platform/http/index.js';
import { Problems } from '../platform/problem/index.js';
import { Cursors, IdPath, PageQuery } from '../platform/requests/index.js';
import { ChangeNoteDto, CreateNoteDto, NoteDto, NotePageDto } from './notes.dto.js';
import { NotesService } from './notes.service.js';
import { OwnerOrAdmin } from './owner-or-admin.js';

/** Binds cursors to this list: those of another are refused. */
const LIST = 'notes';

@ApiTags('notes')
@Controller('notes')
export class NotesController {
  constructor(
    private readonly notes: NotesService,
    private readonly cursors: Cursors,
  ) {}

  /**
   * List my notes
   *
   * @remarks The caller's own, in the order in which they were made.
   */
  @Get()
  @RequirePermissions('note:read')
  @Problems(ServiceUnavailable)
  async list(@CurrentUser() caller: Principal, @Query() { limit, cursor }: PageQuery): Promise<NotePageDto> {
    const after = this.cursors.decode(LIST, cursor);
    const page = await this.notes.list(caller.userId, { limit, after });
    return this.cursors.present(LIST, page, (note) => NoteDto.of(note));
  }

  /**
   * Write a note
   *
   * @remarks It is the caller's own.
   */
  @Post()
  @RequirePermissions('note:write')
  @Problems(ServiceUnavailable)
  async create(
    @CurrentUser() caller: Principal,
    @Body() { title, text = null }: CreateNoteDto,
  ): Promise<NoteDto> {
    return NoteDto.of(await this.notes.create(caller.userId, title, text));
  }

  /**
   * Read a note
   *
   * @remarks For its owner and for admins; to everybody else it does not exist.
   */
  @Get(':id')
  @RequirePermissions('note:read')
  @Policy(OwnerOrAdmin)
  @Problems(NotFound, ServiceUnavailable)
  async get(@Param() { id }: IdPath): Promise<NoteDto> {
    return NoteDto.of(await this.notes.get(id));
  }

  /**
   * Change a note
   *
   * @remarks Changes what the body names; an empty object changes nothing. For its owner and for admins.
   */
  @Patch(':id')
  @RequirePermissions('note:write')
  @Policy(OwnerOrAdmin)
  @Problems(NotFound, ServiceUnavailable)
  async change(@Param() { id }: IdPath, @Body() changes: ChangeNoteDto): Promise<NoteDto> {
    return NoteDto.of(await this.notes.change(id, changes));
  }

  /**
   * Delete a note
   *
   * @remarks For good. For its owner and for admins.
   */
  @Delete(':id')
  @HttpCode(204)
  @RequirePermissions('note:write')
  @Policy(OwnerOrAdmin)
  @Problems(NotFound, ServiceUnavailable)
  delete(@Param() { id }: IdPath): Promise<void> {
    return this.notes.delete(id);
  }
}
