import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';

/** Encrypted secret that the server has to use, as stored: key id, nonce, tag and ciphertext. */
export type Sealed = string;

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

interface Key {
  id: string;
  key: Buffer;
}

/** No key of the server decrypts the stored value. */
export class WrongSecretKey extends Error {}

/**
 * Seals and opens secrets with AES-256-GCM. `place` names the row and column of a secret and is authenticated with it,
 * so that ciphertexts cannot be swapped. The first of several keys seals and all of them open, which makes key rotation
 * possible.
 */
export class Vault {
  readonly #keys: Key[];

  constructor(secretKeys: readonly string[]) {
    this.#keys = secretKeys.map((secret) => {
      const key = createHash('sha256').update(`rollcall sealing key\0${secret}`).digest();
      return { key, id: createHash('sha256').update(key).digest('hex').slice(0, 8) };
    });
  }

  /**
   * Returns secrets that all nodes derive identically, beginning with that of the newest key. They sign values that
   * only Rollcall verifies.
   */
  derive(purpose: string): string[] {
    return this.#keys.map(({ key }) => createHmac('sha256', key).update(purpose).digest('base64url'));
  }

  seal(secret: string, place: string): Sealed {
    const [newest] = this.#keys;
    if (!newest) throw new WrongSecretKey('There is no key to seal with.');
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, newest.key, nonce).setAAD(Buffer.from(place));
    const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return `${newest.id}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')}`;
  }

  /**
   * Opens a sealed secret. @throws WrongSecretKey if it was sealed by another key or for another place, or is damaged
   */
  open(sealed: Sealed, place: string): string {
    const [id, body = ''] = sealed.split('.');
    const known = this.#keys.find((key) => key.id === id);
    if (!known) throw new WrongSecretKey('It was sealed with another key.');
    const bytes = Buffer.from(body, 'base64url');
    const decipher = createDecipheriv(algorithm, known.key, bytes.subarray(0, nonceBytes))
      .setAAD(Buffer.from(place))
      .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    try {
      const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
      return text.toString('utf8');
    } catch {
      throw new WrongSecretKey('It belongs to another place, or is damaged.');
    }
  }
}
