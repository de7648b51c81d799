import type { EntityTarget } from 'typeorm';
import type { Tx } from '../../access/write.js';
import { BadInput } from '../../kernel/errors.js';
import { checkedAll } from '../../kernel/input-errors.js';
import { type Logo, readLogo } from './logo.js';

/**
 * The appearance of an application or organization as its row stores it. The bytes of the logo are not part of the
 * entity.
 */
export interface Look {
  color: string | null;
  supportContact: string | null;
  logoHash: string | null;
}

/** The appearance in an input. An absent field stays unchanged; null removes it. */
export interface LookInput {
  color?: string | null;
  supportContact?: string | null;
  /** PNG or WebP, in base64. */
  logo?: string | null;
}

/** The appearance if nothing is configured. */
export const noLook: Look = { color: null, supportContact: null, logoHash: null };

/** The fields of the appearance that an input changes, and the logo to store; undefined if the logo stays. */
export interface CheckedLook {
  look: Partial<Look>;
  logo: Logo | null | undefined;
}

/** Validates the appearance in an input. @throws BadInput that names the field */
export function checkedLook({ color, supportContact, logo }: LookInput): CheckedLook {
  const { image, ...checked } = checkedAll({
    color: () => (color == null ? null : checkedColor(color)),
    supportContact: () => (supportContact == null ? null : checkedContact(supportContact)),
    image: () => (logo == null ? logo : readLogo(logo)),
  });
  return {
    look: {
      ...(color !== undefined && { color: checked.color }),
      ...(supportContact !== undefined && { supportContact: checked.supportContact }),
      ...(image !== undefined && { logoHash: image?.hash ?? null }),
    },
    logo: image,
  };
}

/** Stores the bytes of a logo in the row that contains its hash. The transaction has created or locked this row. */
export async function storeLogo(
  tx: Tx,
  entity: EntityTarget<{ id: string; logo?: Buffer | null }>,
  id: string,
  { logo }: CheckedLook,
): Promise<void> {
  if (logo === undefined) return;
  await tx.manager.update(entity, { id }, { logo: logo?.bytes ?? null });
}

function checkedColor(color: string): string {
  if (/^#[\da-f]{6}$/i.test(color)) return color.toLowerCase();
  throw new BadInput('"color" must be # and six hexadecimal digits, such as #1a56db.');
}

function checkedContact(text: string): string {
  const contact = text.trim();
  const isShort = contact.length <= 320;
  if (isShort && (isAddress(contact) || isHttps(contact))) return contact;
  throw new BadInput('"supportContact" must be an email address or an https URL, with at most 320 characters.');
}

// Stricter than RFC 5322: the address becomes a mailto link, in which "?" would add headers.
const isAddress = (text: string): boolean => /^[\w.!#$'*+/=^`{|}~-]+@[a-z\d-]+(\.[a-z\d-]+)+$/i.test(text);

function isHttps(text: string): boolean {
  if (/[\s\\]/.test(text) || !text.startsWith('https://') || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocol === 'https:' && username === '' && password === '';
}
