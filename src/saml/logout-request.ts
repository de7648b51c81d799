import { inflateRawSync } from 'node:zlib';
import { decodeMessage, named, only, parseXml } from './document.js';
import { InvalidSaml } from './errors.js';
import { ds, saml, samlp } from './names.js';
import { checkSignature } from './response.js';

/** A logout message: of a form, or of a query together with the query as it was sent, which is what was signed. */
export type LogoutMessage = { form: Record<string, string> } | { query: Record<string, string>; raw: string };

const largest = 262_144;

/**
 * Reads a LogoutRequest (SAML Core section 3.7.1) in the shape that it must have, before the library checks its signature:
 * one that is there, by a method that holds, about the whole request; and meant for this address.
 *
 * @returns its ID, by which it counts once
 * @throws InvalidSaml
 */
export function checkLogoutRequest(message: LogoutMessage, sloUrl: string): string {
  const root = parseXml(xmlOf(message)).documentElement;
  if (root.namespaceURI !== samlp || root.localName !== 'LogoutRequest')
    throw new InvalidSaml('it is no LogoutRequest');
  const id = root.getAttribute('ID') ?? '';
  if (id === '' || id.length > 1024) throw new InvalidSaml('it has no ID');
  const destination = root.getAttributeNode('Destination')?.value ?? sloUrl;
  if (destination !== sloUrl) throw new InvalidSaml('it is meant for another destination');
  only(root, saml, 'Issuer');
  if (named(root, saml, 'NameID').length + named(root, saml, 'EncryptedID').length !== 1) {
    throw new InvalidSaml('it must name one person');
  }
  if ('form' in message) checkSignature(only(root, ds, 'Signature'));
  // The library takes an unsigned query for a signed one: what lacks a signature must not reach it.
  else if (!message.query.Signature || !/#rsa-sha(256|512)$/.test(message.query.SigAlg ?? '')) {
    throw new InvalidSaml('it is not signed');
  }
  return id;
}

function xmlOf(message: LogoutMessage): string {
  if ('form' in message) return decodeMessage(message.form.SAMLRequest ?? '');
  try {
    const bytes = inflateRawSync(Buffer.from(message.query.SAMLRequest ?? '', 'base64'), { maxOutputLength: largest });
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidSaml('it cannot be read');
  }
}
