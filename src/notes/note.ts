import type { UserId } from '../users/index.js';

export type NoteId = string;

export interface Note {
  readonly id: NoteId;
  readonly ownerId: UserId;
  readonly title: string;
  readonly text: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is to be different; what is absent stays as it is. */
export interface NoteChanges {
  readonly title?: string | undefined;
  readonly text?: string | null | undefined;
}

export const TITLE_MAX_LENGTH = 200;
export const TEXT_MAX_LENGTH = 10_000;

/** Lines and tabs, and no other control characters; no lone surrogates: neither is text, and NUL is no SQL. */
export function hasPlainText(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text.replace(/[\n\r\t]/g, ''));
}
