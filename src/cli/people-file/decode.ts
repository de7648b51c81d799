import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

export const encodings = ['utf-8', 'utf-16', 'windows-1252'] as const;
export type Encoding = (typeof encodings)[number];

/** Byte order of a file, and the length of its byte order mark. */
interface Sniffed {
  family: 'utf-8' | 'utf-16le' | 'utf-16be' | null;
  markLength: number;
}

const maximumLineBytes = 16 * 1_048_576;

/**
 * Yields the lines of a file as text, each with its line break. Keeps one line in memory.
 *
 * @throws Error that names the line if its bytes are not valid in the encoding, or the encoding if the file has another
 *   one
 */
export async function* linesOf(file: string, named: Encoding = 'utf-8'): AsyncGenerator<string> {
  const sniffed = await sniff(file);
  checkFamily(named, sniffed);
  const isWide = named === 'utf-16';
  const decode = decoderOf(named, sniffed);
  const isBigEndian = sniffed.family === 'utf-16be';
  let line = 0;
  let hasWideCharacters = false;
  for await (const bytes of splitLines(createReadStream(file, { start: sniffed.markLength }), isWide, isBigEndian)) {
    line++;
    const text = decode(bytes);
    if (text === null) throw new Error(malformed(line, named, hasWideCharacters));
    if (text.includes('\0')) throw new Error(`Line ${line} contains a NUL character. The file must be text.`);
    hasWideCharacters ||= text.length !== bytes.length;
    yield text;
  }
}

function malformed(line: number, named: Encoding, hasWideCharacters: boolean): string {
  if (named !== 'utf-8') return `Line ${line} is not valid ${named}. Nothing was sent. Correct the line or --encoding.`;
  const fix = hasWideCharacters
    ? 'Other lines are UTF-8: correct this line.'
    : 'The file looks like Windows-1252. Save it as UTF-8, or add --encoding windows-1252.';
  return `Line ${line} is not valid UTF-8. Nothing was sent. ${fix}`;
}

async function sniff(file: string): Promise<Sniffed> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4_096), 0, 4_096, 0);
    return familyOf(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

function familyOf(head: Buffer): Sniffed {
  if (head.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))) return { family: 'utf-8', markLength: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { family: 'utf-16le', markLength: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { family: 'utf-16be', markLength: 2 };
  // The file has no byte order mark. Column names are ASCII, so every second byte of UTF-16 is zero.
  const zeros = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > head.length / 8 && even === 0) return { family: 'utf-16le', markLength: 0 };
  if (even > head.length / 8 && odd === 0) return { family: 'utf-16be', markLength: 0 };
  return { family: null, markLength: 0 };
}

/** Checks the encoding of the file. @throws Error that names it if it is not the expected one */
function checkFamily(named: Encoding, { family }: Sniffed): void {
  const isWide = family === 'utf-16le' || family === 'utf-16be';
  if (isWide && named !== 'utf-16') {
    throw new Error('The file is UTF-16. Nothing was sent. Save it as UTF-8, or add --encoding utf-16.');
  }
  if (family === 'utf-8' && named !== 'utf-8') {
    throw new Error(`The file is UTF-8 and not ${named}. Nothing was sent. Remove --encoding.`);
  }
}

/** Returns the text of a line, or null if its bytes are invalid. */
type Decode = (bytes: Buffer) => string | null;

function decoderOf(named: Encoding, { family }: Sniffed): Decode {
  if (named === 'utf-8') return (bytes) => (isUtf8(bytes) ? bytes.toString('utf8') : null);
  if (named === 'windows-1252') return windows1252;
  return family === 'utf-16be' ? (bytes) => utf16(Buffer.from(bytes), true) : (bytes) => utf16(bytes, false);
}

function utf16(bytes: Buffer, isBigEndian: boolean): string | null {
  if (bytes.length % 2 !== 0) return null;
  const text = (isBigEndian ? bytes.swap16() : bytes).toString('utf16le');
  return /\p{Cs}/u.test(text) ? null : text;
}

/**
 * Characters of the bytes 0x80 to 0x9F (https://encoding.spec.whatwg.org/index-windows-1252.txt). A space marks a byte
 * without a character.
 */
const upperRow = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

function windows1252(bytes: Buffer): string | null {
  const text = bytes.toString('latin1');
  let isValid = true;
  const decoded = text.replace(/[\x80-\x9f]/g, (character) => {
    const found = upperRow[character.charCodeAt(0) - 0x80] ?? ' ';
    isValid &&= found !== ' ';
    return found;
  });
  return isValid ? decoded : null;
}

async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  isWide: boolean,
  isBigEndian: boolean,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let searched = isWide ? rest.length - (rest.length % 2) : rest.length;
    rest = Buffer.concat([rest, chunk]);
    let start = 0;
    for (;;) {
      const end = isWide ? wideLineEnd(rest, searched, isBigEndian) : rest.indexOf(0x0a, searched) + 1;
      if (end === 0) break;
      yield rest.subarray(start, end);
      start = searched = end;
    }
    rest = rest.subarray(start);
    if (rest.length > maximumLineBytes) throw new Error('A line is longer than 16 MiB. Check the line breaks.');
  }
  if (rest.length > 0) yield rest;
}

/** Returns the offset after the next line feed, or 0. */
function wideLineEnd(bytes: Buffer, from: number, isBigEndian: boolean): number {
  for (let at = from; at + 1 < bytes.length; at += 2) {
    if ((isBigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at)) === 0x0a) return at + 2;
  }
  return 0;
}
