import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, ValidateIf } from 'class-validator';
import { Satisfies } from '../platform/http/index.js';
import { IsPlainText } from '../platform/requests/index.js';
import { hasPlainLines, TEXT_MAX_LENGTH, TITLE_MAX_LENGTH, type Note } from './note.js';

/** Lengths are counted in code points: what a person sees as one character should not count as two. */
function IsTitle(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ minLength: 1, maxLength: TITLE_MAX_LENGTH }),
    IsString(),
    Satisfies('too_short', (value) => value !== '', {
      en: 'It must not be empty.',
      ko: '비워 둘 수 없습니다.',
    }),
    Satisfies('too_long', (value) => [...value].length <= TITLE_MAX_LENGTH, {
      en: `It must have at most ${TITLE_MAX_LENGTH} characters.`,
      ko: `최대 ${TITLE_MAX_LENGTH}자까지 입력할 수 있습니다.`,
    }),
    IsPlainText(),
  );
}

function IsText(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ maxLength: TEXT_MAX_LENGTH }),
    IsString(),
    Satisfies('too_long', (value) => [...value].length <= TEXT_MAX_LENGTH, {
      en: `It must have at most ${TEXT_MAX_LENGTH} characters.`,
      ko: `최대 ${TEXT_MAX_LENGTH}자까지 입력할 수 있습니다.`,
    }),
    Satisfies('invalid_format', hasPlainLines, {
      en: 'It must not hold control characters, but for tabs and ends of lines.',
      ko: '탭과 줄바꿈 외의 제어 문자를 포함할 수 없습니다.',
    }),
  );
}

export class NoteDto {
  /** UUIDv7. @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11 */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The user whose note it is. @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c12 */
  @ApiProperty({ format: 'uuid' })
  owner_id: string;
  /** @example 장보기 */
  title: string;
  /** @example 두부, 대파 */
  text: string | null;
  /** RFC 3339, UTC. @example 2026-11-23T01:02:03.456Z */
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  /** RFC 3339, UTC. @example 2026-11-23T01:02:03.456Z */
  @ApiProperty({ format: 'date-time' })
  updated_at: string;

  static of({ id, ownerId, title, text, createdAt, updatedAt }: Note): NoteDto {
    return {
      id,
      owner_id: ownerId,
      title,
      text,
      created_at: createdAt.toISOString(),
      updated_at: updatedAt.toISOString(),
    };
  }
}

export class NotePageDto {
  items: NoteDto[];
  /** For `cursor`; null on the last page. @example 0S8b2xWXbX1Lq0yJ7dWm4TAxOWFhZjM2 */
  next_cursor: string | null;
}

export class CreateNoteDto {
  /** 1–200 characters. @example 장보기 */
  @IsTitle()
  title: string;

  /** At most 10,000 characters; null and absent are the same. @example 두부, 대파 */
  @ValidateIf((dto: CreateNoteDto) => dto.text !== undefined && dto.text !== null)
  @IsText()
  text?: string | null;
}

/** What is absent stays as it is. */
export class ChangeNoteDto {
  /** 1–200 characters. @example 장보기 */
  @ValidateIf((dto: ChangeNoteDto) => dto.title !== undefined)
  @IsTitle()
  title?: string;

  /** At most 10,000 characters; null clears it. @example 두부, 대파 */
  @ValidateIf((dto: ChangeNoteDto) => dto.text !== undefined && dto.text !== null)
  @IsText()
  text?: string | null;
}
