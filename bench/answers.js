const HEAD_END = Buffer.from('\r\n\r\n');

/** The first answer in the bytes, once it is complete. */
export function wholeAnswer(bytes) {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = headEnd + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return bytes.length < length ? undefined : { length, status: head.slice(9, 12) };
}
