import { inflateRawSync } from 'node:zlib';
import { clockSkewMs } from '../../kernel/durations.js';
import { isSignedByOne, signatureMethods } from './algorithms.js';
import { decryptContent } from './decrypt.js';
import { decodeMessage, named, only, parseLimited, textOf } from './document.js';
import { InvalidSaml } from './errors.js';
import { instant } from './instant.js';
import { ds, saml, samlp } from './names.js';
import { clipped, mismatch } from './reason.js';
import { maxLength } from './scan.js';
import { checkSecondOpinion } from './second-opinion.js';
import { verifySignature } from './signature.js';
import { readNameId } from './subject.js';

/** A logout message: the fields of a form, or the original query string, which the signature covers. */
export type LogoutMessage = { form: Record<string, string> } | { raw: string };

/** The sessions that the IdP ends (SAML Core section 3.7.1). */
export interface LogoutRequest {
  id: string;
  nameId: string;
  /** The IdP's sessions; empty means all sessions of the subject. */
  sessionIndexes: string[];
}

/** The values against which a logout request is validated. */
export interface LogoutJudge {
  sloUrl: string;
  idpEntityId: string;
  certificates: readonly string[];
  privateKey: string;
  now: Date;
  /** Milliseconds for which a request is remembered, and therefore its maximum age. */
  rememberedMs: number;
}

/** Verifies and reads a LogoutRequest (SAML Core section 3.7.1), signed as its binding requires. @throws InvalidSaml */
export async function readLogoutRequest(message: LogoutMessage, judge: LogoutJudge): Promise<LogoutRequest> {
  const root = 'form' in message ? fromForm(message.form, judge) : fromQuery(message.raw, judge);
  const id = root.getAttribute('ID') ?? '';
  if (id === '' || id.length > 1_024) throw new InvalidSaml('the logout request has no ID');
  checkEnvelope(root, judge);
  const [nameId, second] = [...named(root, saml, 'NameID'), ...named(root, saml, 'EncryptedID')];
  if (!nameId || second) throw new InvalidSaml('the logout request must name one subject');
  const plain = nameId.localName === 'NameID' ? nameId : await decryptedId(nameId, judge.privateKey);
  return {
    id,
    nameId: readNameId(plain, null).nameId,
    sessionIndexes: named(root, samlp, 'SessionIndex').map((one) => textOf(one).trim()),
  };
}

async function decryptedId(encrypted: Element, privateKey: string): Promise<Element> {
  const { root } = parseLimited(await decryptContent(encrypted, privateKey));
  if (root.namespaceURI !== saml || root.localName !== 'NameID')
    throw new InvalidSaml('EncryptedID contains no NameID');
  return root;
}

function checkEnvelope(root: Element, { sloUrl, idpEntityId, now, rememberedMs }: LogoutJudge): void {
  const destination = root.getAttributeNode('Destination')?.value ?? sloUrl;
  if (destination !== sloUrl) throw new InvalidSaml(mismatch('the Destination', destination, sloUrl));
  const issuer = textOf(only(root, saml, 'Issuer'));
  if (issuer !== idpEntityId) throw new InvalidSaml(mismatch('the Issuer', issuer, idpEntityId));
  const issued = instant(root, 'IssueInstant').getTime();
  if (issued > now.getTime() + clockSkewMs) throw new InvalidSaml('the logout request was issued in the future');
  // An older request could be a repetition that is no longer remembered.
  const isOld = issued <= now.getTime() - rememberedMs;
  const ends = root.hasAttribute('NotOnOrAfter') ? instant(root, 'NotOnOrAfter').getTime() : null;
  if (isOld || (ends !== null && ends <= now.getTime() - clockSkewMs))
    throw new InvalidSaml('the logout request has expired');
}

function checkRoot(root: Element): void {
  if (root.namespaceURI !== samlp || root.localName !== 'LogoutRequest')
    throw new InvalidSaml(`the message is a "${clipped(root.localName)}", not a SAML 2.0 LogoutRequest`);
  if (root.getAttribute('Version') !== '2.0') throw new InvalidSaml('the Version of the logout request is not 2.0');
}

/** Reads a message of the POST binding, whose signature is in the XML (Bindings section 3.5). */
function fromForm(form: Record<string, string>, { certificates }: LogoutJudge): Element {
  const received = parseLimited(decodeMessage(form.SAMLRequest ?? ''));
  checkRoot(received.root);
  if (named(received.root, ds, 'Signature').length === 0) throw new InvalidSaml('the logout request is not signed');
  const covered = parseLimited(verifySignature(received.root, certificates));
  checkSecondOpinion(received);
  checkSecondOpinion(covered);
  checkRoot(covered.root);
  return covered.root;
}

/**
 * Reads a message of the redirect binding. The signature covers the query and is verified before anything is inflated
 * (Bindings section 3.4.4.1).
 */
function fromQuery(raw: string, { certificates }: LogoutJudge): Element {
  const parts = partsOf(raw);
  const value = (name: string) => parts.get(name)?.value ?? '';
  const algorithm = value('SigAlg');
  if (!value('Signature')) throw new InvalidSaml('the logout request is not signed');
  if (!signatureMethods.has(algorithm))
    throw new InvalidSaml(`the signature method "${clipped(algorithm)}" is not allowed`);
  const bytes = ['SAMLRequest', 'RelayState', 'SigAlg'].flatMap((name) => parts.get(name)?.sent ?? []).join('&');
  const signature = Buffer.from(value('Signature'), 'base64');
  if (!isSignedByOne(certificates, { algorithm, bytes, signature }))
    throw new InvalidSaml('no certificate of the connection verifies the signature of the logout request');
  const received = parseLimited(inflated(value('SAMLRequest')));
  checkSecondOpinion(received);
  checkRoot(received.root);
  return received.root;
}

/**
 * Returns the parts of a query by their decoded names, each with its value and the text that was sent. Values are read
 * only from the text that is verified.
 */
function partsOf(raw: string): Map<string, { sent: string; value: string }> {
  const parts = new Map<string, { sent: string; value: string }>();
  for (const sent of raw.split('&')) {
    const [name, value] = [...new URLSearchParams(sent)][0] ?? ['', ''];
    if (parts.has(name)) throw new InvalidSaml(`the query contains "${clipped(name)}" twice`);
    parts.set(name, { sent, value });
  }
  return parts;
}

function inflated(base64: string): string {
  try {
    const bytes = inflateRawSync(Buffer.from(base64, 'base64'), { maxOutputLength: maxLength });
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidSaml('the logout request is not deflated UTF-8');
  }
}
