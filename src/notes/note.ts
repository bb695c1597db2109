import { isPlainText } from '../platform/requests/index.js';
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

/** Plain text of several lines: ends of lines and tabs are the only control characters in it. */
export function hasPlainLines(text: string): boolean {
  return isPlainText(text.replace(/[\n\r\t]/g, ''));
}
