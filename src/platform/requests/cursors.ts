import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { constantTimeEqual, Secrets } from '../crypto/index.js';
import { fieldError, ValidationFailed } from '../http/index.js';
import type { Page } from './page.js';

const MAC_LENGTH = 16;
/** Longer than any position makes one. */
const LONGEST = 1024;

/** A list as its client reads it. */
export interface ListBody<Item> {
  readonly items: Item[];
  readonly next_cursor: string | null;
}

/**
 * Makes and reads the cursors of lists: base64url(MAC ‖ position). The MAC binds a position to its list, so that
 * nobody can make one up, or carry it from one list to another.
 */
@Injectable()
export class Cursors {
  constructor(private readonly secrets: Secrets) {}

  /**
   * A page as its list's next request wants it.
   *
   * @param list names the list; another one refuses its cursors
   */
  present<Row, Item>(list: string, { rows, next }: Page<Row>, present: (row: Row) => Item): ListBody<Item> {
    return { items: rows.map(present), next_cursor: next === undefined ? null : this.encode(list, next) };
  }

  encode(list: string, position: string): string {
    const mac = macOf(list, position, this.secrets.key('cursor').current);
    return Buffer.concat([mac, Buffer.from(position)]).toString('base64url');
  }

  /**
   * Where the list goes on; undefined where no cursor was sent.
   *
   * @throws `validation_failed` on `cursor`, for what was not made here for this list
   */
  decode(list: string, cursor: string | undefined): string | undefined {
    if (cursor === undefined) return undefined;
    const bytes = Buffer.from(cursor.slice(0, LONGEST), 'base64url');
    const position = bytes.subarray(MAC_LENGTH).toString();
    const { current, previous } = this.secrets.key('cursor');
    const genuine = [current, previous].some(
      (key) => key && constantTimeEqual(bytes.subarray(0, MAC_LENGTH), macOf(list, position, key)),
    );
    // Spelt otherwise, it is not the cursor that was given.
    if (!genuine || bytes.toString('base64url') !== cursor) {
      throw ValidationFailed({ errors: [fieldError('cursor', 'invalid_format', NOT_OURS)] });
    }
    return position;
  }
}

const NOT_OURS = {
  en: 'It must be the next_cursor of a page of this list, unchanged.',
  ko: '이 목록의 응답에 있는 next_cursor 값을 그대로 사용해야 합니다.',
};

function macOf(list: string, position: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(`${list}\0${position}`).digest().subarray(0, MAC_LENGTH);
}
