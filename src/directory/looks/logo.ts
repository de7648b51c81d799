import { createHash } from 'node:crypto';
import { BadInput } from '../../kernel/errors.js';

/** Maximum size of a logo, in bytes. */
export const maximumLogoBytes = 65_536;
/** Maximum width and height: a small file can describe an image that fills the memory of a browser. */
const maximumPixels = 2_048;

/** An image whose bytes were validated. */
export interface Logo {
  bytes: Buffer;
  /** SHA-256 in hexadecimal. Equal images have equal URLs. */
  hash: string;
}

const signaturePng = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Returns the media type of an image by its first bytes; null if it is neither PNG nor WebP. */
export function logoType(bytes: Buffer): 'image/png' | 'image/webp' | null {
  if (bytes.subarray(0, 8).equals(signaturePng)) return 'image/png';
  const isRiff = bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP';
  return isRiff ? 'image/webp' : null;
}

/**
 * Decodes and validates a logo in base64.
 *
 * @throws BadInput if the value is not valid base64, not a PNG or WebP image, or too large
 */
export function readLogo(base64: string): Logo {
  if (/^data:/i.test(base64))
    throw new BadInput('"logo" must be an image in base64, without the prefix "data:image/png;base64,".');
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > maximumLogoBytes)
    throw new BadInput('"logo" can have at most 65,536 bytes. Send a smaller image.');
  const isBase64 = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  if (!isBase64) throw new BadInput('"logo" must be an image in base64 (RFC 4648 section 4).');
  const type = logoType(bytes);
  const size = type === 'image/png' ? sizeOfPng(bytes) : type && sizeOfWebp(bytes);
  if (!size) throw new BadInput('"logo" must be a PNG or WebP image.');
  if (size.some((pixels) => pixels < 1 || pixels > maximumPixels)) {
    throw new BadInput('"logo" must have a width and height of 1 to 2,048 pixels.');
  }
  return { bytes, hash: createHash('sha256').update(bytes).digest('hex') };
}

type Size = [width: number, height: number];

/** Returns the size of a PNG image. The header chunk comes first (W3C PNG section 11.2.1). */
function sizeOfPng(bytes: Buffer): Size | null {
  if (bytes.length < 33 || bytes.toString('latin1', 12, 16) !== 'IHDR') return null;
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

/** Returns the size of a WebP image. The first chunk is VP8, VP8L or VP8X (RFC 9649 sections 2.5 to 2.7). */
function sizeOfWebp(bytes: Buffer): Size | null {
  if (bytes.length < 30) return null;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
    }
    case 'VP8X':
      return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
    default:
      return null;
  }
}
