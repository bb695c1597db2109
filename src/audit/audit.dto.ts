import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, ValidateIf } from 'class-validator';
import { eventTypes } from '../platform/events/index.js';
import { Satisfies } from '../platform/http/index.js';
import { IsId, PageQuery } from '../platform/requests/index.js';
import type { AuditRow } from './audit.service.js';
import { instantOf } from './instant.js';
import { subjectOf } from './subject.js';

const SUBJECT_MAX_LENGTH = 254;

/** What is longer is too long, and not of a wrong form besides. */
function isOfBearableLength(value: string): boolean {
  return value.length <= SUBJECT_MAX_LENGTH;
}

/** A time as RFC 3339 spells it. */
function IsInstant(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ format: 'date-time' }),
    IsString(),
    Satisfies('invalid_format', (value) => instantOf(value) !== undefined, {
      en: 'It must be a time like 2026-11-23T01:02:03.456Z.',
      ko: '2026-11-23T01:02:03.456Z와 같은 형식의 시각이어야 합니다.',
    }),
  );
}

/** What the list is narrowed to; all of it together. */
export class AuditQuery extends PageQuery {
  /** What happened. @example auth.login_refused */
  @ApiPropertyOptional()
  @ValidateIf((query: AuditQuery) => query.type !== undefined)
  @IsString()
  @Satisfies('not_allowed', (value) => eventTypes().includes(value), {
    en: 'There is no event of this type.',
    ko: '존재하지 않는 이벤트 유형입니다.',
  })
  type?: string;

  /** The id of who did it. */
  @ValidateIf((query: AuditQuery) => query.actor !== undefined)
  @IsId()
  actor?: string;

  /** Whom or what it is about: the id of a user or a client, or a mail address. */
  @ApiPropertyOptional({ minLength: 1, maxLength: SUBJECT_MAX_LENGTH })
  @ValidateIf((query: AuditQuery) => query.subject !== undefined)
  @IsString()
  @Satisfies('too_long', isOfBearableLength, {
    en: `It must have at most ${SUBJECT_MAX_LENGTH} characters.`,
    ko: `최대 ${SUBJECT_MAX_LENGTH}자까지 입력할 수 있습니다.`,
  })
  @Satisfies('invalid_format', (value) => !isOfBearableLength(value) || subjectOf(value) !== undefined, {
    en: 'It must be an id or a mail address.',
    ko: 'ID 또는 이메일 주소여야 합니다.',
  })
  subject?: string;

  /** Not before. RFC 3339. */
  @ValidateIf((query: AuditQuery) => query.from !== undefined)
  @IsInstant()
  from?: string;

  /** Before. RFC 3339. */
  @ValidateIf((query: AuditQuery) => query.to !== undefined)
  @IsInstant()
  to?: string;
}

/** Something that happened. Personal fields are null where there were none, and where they were erased. */
export class AuditEventDto {
  /** UUIDv7. @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11 */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** RFC 3339, UTC. @example 2026-11-23T01:02:03.456Z */
  @ApiProperty({ format: 'date-time' })
  at: string;
  /** @example auth.logged_in */
  type: string;
  /** Where it was asked for. */
  @ApiProperty({ enum: ['http', 'command_line', 'service'] })
  via: string;
  /** Who proved to have done it; null where nobody did. @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11 */
  @ApiProperty({ type: 'string', nullable: true })
  actor_id: string | null;
  /** Whom or what it is about. @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11 */
  @ApiProperty({ type: 'string', nullable: true })
  subject_id: string | null;
  /** The address that was given. @example kim@example.com */
  @ApiProperty({ type: 'string', nullable: true })
  email: string | null;
  /** @example 192.0.2.7 */
  @ApiProperty({ type: 'string', nullable: true })
  ip: string | null;
  /** What the client calls itself. @example Mozilla/5.0 */
  @ApiProperty({ type: 'string', nullable: true })
  user_agent: string | null;
  /** As in `X-Request-Id`. @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c12 */
  @ApiProperty({ type: 'string', nullable: true })
  request_id: string | null;
  /** What else is told of an event of this type. */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { session_id: '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c13' },
  })
  details: Record<string, unknown>;
  /** The place in the chain; null until it is sealed, seconds later. @example 4711 */
  @ApiProperty({ type: 'integer', nullable: true })
  seal_no: number | null;

  static of(row: AuditRow): AuditEventDto {
    return {
      id: row.id,
      at: row.at.toISOString(),
      type: row.type,
      via: row.via,
      actor_id: row.actorId,
      subject_id: row.subjectId,
      email: row.email,
      ip: row.ip,
      user_agent: row.agent,
      request_id: row.requestId,
      details: JSON.parse(row.details) as Record<string, unknown>,
      seal_no: row.sealNo,
    };
  }
}

export class AuditPageDto {
  items: AuditEventDto[];
  /** For `cursor`; null on the last page. @example 0S8b2xWXbX1Lq0yJ7dWm4TAxOWFhZjM2 */
  next_cursor: string | null;
}
