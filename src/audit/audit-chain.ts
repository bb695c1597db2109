import { createHmac } from 'node:crypto';
import { constantTimeEqual } from '../platform/crypto/index.js';

/** Where the chain has come to: the number of its last row, and that row's seal. */
export interface Head {
  readonly no: number;
  readonly mac: Buffer;
}

/** Before the first row. */
export const START: Head = { no: 0, mac: Buffer.alloc(32) };

/** The seal of the row that follows: it holds the row's own mac, its place, and all that came before. */
export function link(key: Buffer, before: Head, rowMac: Buffer): Head {
  const no = before.no + 1;
  const mac = createHmac('sha256', key)
    .update(`sumun audit seal ${no} `)
    .update(before.mac)
    .update(rowMac)
    .digest();
  return { no, mac };
}

/** Whether a seal was made by one of the keys at hand. */
export function follows(keys: Iterable<Buffer>, before: Head, rowMac: Buffer, seal: Buffer): boolean {
  return [...keys].some((key) => constantTimeEqual(link(key, before, rowMac).mac, seal));
}

/** As the log shows it and `--head` takes it. */
export function headToText({ no, mac }: Head): string {
  return `${no}:${mac.toString('base64url')}`;
}

/** Undefined where the text is none. */
export function headFromText(text: string): Head | undefined {
  const match = /^([1-9]\d{0,14}):([A-Za-z0-9_-]{43})$/.exec(text);
  return match ? { no: Number(match[1]), mac: Buffer.from(match[2]!, 'base64url') } : undefined;
}
