import { describe, expect, it } from '@jest/globals';
import type { Secrets } from '../crypto/index.js';
import { Problem } from '../problem/index.js';
import { Cursors } from './cursors.js';
import { pageOf } from './page.js';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const under = (current: Buffer, previous?: Buffer) =>
  new Cursors({ key: () => ({ current, previous }) } as unknown as Secrets);
const cursors = under(NEW, OLD);

function refusal(cursor: string, list = 'users'): unknown {
  try {
    return cursors.decode(list, cursor);
  } catch (error) {
    return (error as Problem).errors?.map(({ field, code }) => `${field} ${code}`);
  }
}

describe('cursors', () => {
  it.each(['', '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11', '한글\0', 'x'.repeat(600)])(
    'give back the position %j',
    (position) => {
      expect(cursors.decode('users', cursors.encode('users', position))).toBe(position);
    },
  );

  it('tell the beginning where none is sent', () => {
    expect(cursors.decode('users', undefined)).toBeUndefined();
  });

  it('are read under the previous key, and refused under a foreign one', () => {
    expect(cursors.decode('users', under(OLD).encode('users', 'a'))).toBe('a');
    expect(refusal(under(Buffer.alloc(32, 3)).encode('users', 'a'))).toEqual(['cursor invalid_format']);
  });

  it('tampered cursor: every changed character, every cut and every addition is refused', () => {
    const genuine = cursors.encode('users', 'position');
    for (let at = 0; at < genuine.length; at++) {
      const other = genuine[at] === 'A' ? 'B' : 'A';
      expect(refusal(genuine.slice(0, at) + other + genuine.slice(at + 1))).toEqual([
        'cursor invalid_format',
      ]);
      expect(refusal(genuine.slice(0, at))).toEqual(['cursor invalid_format']);
    }
    for (const addition of ['A', '=', ' ', '\n', '.', 'A'.repeat(2000)])
      expect(refusal(genuine + addition)).toEqual(['cursor invalid_format']);
  });

  it('a cursor of another list is refused: the position means something else there', () => {
    expect(refusal(cursors.encode('roles', 'a'), 'users')).toEqual(['cursor invalid_format']);
    expect(refusal(cursors.encode('roles\0a', 'b'), 'roles')).toEqual(['cursor invalid_format']);
  });
});

describe('a page', () => {
  it('knows the next one by the row that it was read too many', () => {
    const rows = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
    const at = ({ id }: { id: string }) => id;
    expect(pageOf(rows, 2, at)).toEqual({ rows: rows.slice(0, 2), next: 'b' });
    expect(pageOf(rows, 3, at)).toEqual({ rows, next: undefined });
    expect(pageOf([], 3, at)).toEqual({ rows: [], next: undefined });
  });

  it('is presented with the cursor of its list', () => {
    const body = cursors.present('users', { rows: [1, 2], next: 'b' }, (row) => row * 10);
    expect(body.items).toEqual([10, 20]);
    expect(cursors.decode('users', body.next_cursor!)).toBe('b');
    expect(cursors.present('users', { rows: [], next: undefined }, String).next_cursor).toBeNull();
  });
});
