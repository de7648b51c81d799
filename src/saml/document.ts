import { DOMParser } from '@xmldom/xmldom';
import { XmlDocument } from 'libxml2-wasm';
import { InvalidSaml } from './errors.js';
import { ds, saml } from './names.js';

const largest = 262_144;
const deepest = 64;

/** The XML of a message from a form or a query. @throws InvalidSaml for what is not strictly base64 of UTF-8 */
export function decodeMessage(base64: string): string {
  const text = base64.replace(/[\r\n]/g, '');
  if (text.length > (largest * 4) / 3 || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    throw new InvalidSaml('it is too large, or not base64');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    throw new InvalidSaml('it is not UTF-8');
  }
}

/**
 * Parses XML that two parsers must understand alike. What has misled one of them before is refused before either sees it:
 * document types, comments, processing instructions, CDATA.
 *
 * @throws InvalidSaml
 */
export function parseXml(xml: string): Document {
  const body = xml.replace(/^\s*<\?xml [^<>]*\?>/, '');
  if (xml.length > largest) throw new InvalidSaml('it is too large');
  if (body.includes('<!') || body.includes('<?'))
    throw new InvalidSaml('it has a document type, comment, CDATA or instruction');
  if (body.includes('\0') || /&(?!(amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)/.test(body)) {
    throw new InvalidSaml('it has a NUL or an entity');
  }
  const document = parse(body);
  const elements = [...elementsIn(document.documentElement)];
  checkShape(elements);
  checkSecondOpinion(body, elements);
  return document;
}

function parse(xml: string): Document {
  const refuse = (message: string) => {
    throw new InvalidSaml(`it is not well-formed: ${message.slice(0, 200)}`);
  };
  const errorHandler = { warning: refuse, error: refuse, fatalError: refuse };
  const document = new DOMParser({ errorHandler }).parseFromString(xml, 'text/xml');
  if (!document?.documentElement) throw new InvalidSaml('it is empty');
  return document;
}

/** The element and everything below it, in document order. @throws InvalidSaml for what is nested too deeply */
export function* elementsIn(element: Element, depth = 1): Generator<Element> {
  if (depth > deepest) throw new InvalidSaml('it is nested too deeply');
  yield element;
  for (const child of childrenOf(element)) yield* elementsIn(child, depth + 1);
}

/** The elements directly below. */
export function childrenOf(element: Element): Element[] {
  const children: Element[] = [];
  for (let node = element.firstChild; node; node = node.nextSibling)
    if (node.nodeType === 1) children.push(node as Element);
  return children;
}

/** Those of a name directly below. */
export const named = (element: Element, namespace: string, name: string): Element[] =>
  childrenOf(element).filter((child) => child.namespaceURI === namespace && child.localName === name);

/** The single one of a name directly below. @throws InvalidSaml for none or several */
export function only(element: Element, namespace: string, name: string): Element {
  const [child, second] = named(element, namespace, name);
  if (!child || second) throw new InvalidSaml(`${element.localName} must have exactly one ${name}`);
  return child;
}

/** The text of an element that holds one piece of text and nothing else. @throws InvalidSaml */
export function textOf(element: Element): string {
  const { firstChild, childNodes } = element;
  if (childNodes.length !== 1 || firstChild?.nodeType !== 3)
    throw new InvalidSaml(`${element.localName} must hold text only`);
  return firstChild.nodeValue ?? '';
}

function checkShape(elements: readonly Element[]): void {
  const ids = new Set<string>();
  for (const element of elements) {
    for (const { name, value } of Array.from(element.attributes)) {
      // Some parsers resolve relative namespaces, and then two readers see two names.
      const declares = name === 'xmlns' || name.startsWith('xmlns:');
      if (declares && value !== '' && !/^[a-z][a-z0-9+.-]*:/i.test(value))
        throw new InvalidSaml('it has a relative namespace');
      if (!/^(xml:)?id$/i.test(name)) continue;
      if (ids.has(value)) throw new InvalidSaml('an ID stands there twice');
      ids.add(value);
    }
    const isSignature = element.namespaceURI === ds && element.localName === 'Signature';
    const parent = element.parentNode as Element | null;
    if (
      isSignature &&
      !['Response', 'Assertion', 'LogoutRequest', 'LogoutResponse', 'EntityDescriptor'].includes(
        parent?.localName ?? '',
      )
    ) {
      throw new InvalidSaml('a signature stands where none belongs');
    }
  }
}

/** Another code base reads the same document. Where the two disagree on what matters, neither is believed. */
function checkSecondOpinion(xml: string, elements: readonly Element[]): void {
  const names = elements.map((element) => `${element.namespaceURI ?? ''} ${element.localName}`);
  const subjects = elements
    .filter(({ namespaceURI, localName }) => namespaceURI === saml && localName === 'NameID')
    .map(({ textContent }) => textContent ?? '');
  let second: { names: string[]; subjects: string[] };
  try {
    second = readByLibxml(xml);
  } catch {
    throw new InvalidSaml('two parsers disagree on whether it is well-formed');
  }
  if (names.join('\n') !== second.names.join('\n') || subjects.join('\0') !== second.subjects.join('\0')) {
    throw new InvalidSaml('two parsers read it differently');
  }
}

function readByLibxml(xml: string): { names: string[]; subjects: string[] } {
  const document = XmlDocument.fromString(xml);
  try {
    const found = document.find('//*') as unknown as { name: string; namespaceUri: string; content: string }[];
    const names = found.map(({ name, namespaceUri }) => `${namespaceUri} ${name}`);
    const subjects = found
      .filter(({ name, namespaceUri }) => name === 'NameID' && namespaceUri === saml)
      .map(({ content }) => content);
    return { names, subjects };
  } finally {
    document.dispose();
  }
}
