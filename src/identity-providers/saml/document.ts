import { DOMParser } from '@xmldom/xmldom';
import { InvalidSaml } from './errors.js';
import { ds } from './names.js';
import { maxLength, scan } from './scan.js';

/** An XML text together with the document parsed from it. */
export interface Parsed {
  xml: string;
  root: Element;
  /** The number of elements. */
  elements: number;
}

/** Decodes the XML of a message from a form. @throws InvalidSaml if it is not strict base64 of UTF-8 */
export function decodeMessage(base64: string): string {
  const text = base64.replace(/[\r\n]/g, '');
  if (text === '') throw new InvalidSaml('the form contains no SAML message');
  if (text.length > (maxLength * 4) / 3) throw new InvalidSaml('the message is too large');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text))
    throw new InvalidSaml('the message is not valid base64');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    throw new InvalidSaml('the message is not valid UTF-8');
  }
}

/**
 * Parses XML in a strict form. Constructs on which parsers have disagreed are rejected before a parser reads them:
 * document types, comments, processing instructions, CDATA. The cost is bounded for any text (`scan`).
 *
 * @param elementsBefore elements that count against the same limit
 * @throws InvalidSaml
 */
export function parseLimited(xml: string, elementsBefore = 0): Parsed {
  const body = xml.replace(/^\s*<\?xml\s[^<>]*\?>/, '');
  if (xml.length > maxLength) throw new InvalidSaml('the message is too large');
  if (body.includes('<!') || body.includes('<?'))
    throw new InvalidSaml('the message has a document type, comment, CDATA section or processing instruction');
  if (body.includes('\0') || /&(?!(amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)/.test(body))
    throw new InvalidSaml('the message contains a NUL or an entity');
  const elements = scan(body, elementsBefore);
  const root = parse(body).documentElement;
  checkShape(elementsIn(root));
  return { xml: body, root, elements };
}

function parse(xml: string): Document {
  const refuse = (message: string) => {
    throw new InvalidSaml(`the message is not well-formed XML: ${message.slice(0, 200)}`);
  };
  const errorHandler = { warning: refuse, error: refuse, fatalError: refuse };
  const document = new DOMParser({ errorHandler }).parseFromString(xml, 'text/xml');
  if (!document?.documentElement) throw new InvalidSaml('the message is empty');
  return document;
}

/** Returns the element and all its descendants, in document order. */
export function elementsIn(element: Element): Element[] {
  const found: Element[] = [];
  const pending = [element];
  for (let next = pending.pop(); next; next = pending.pop()) {
    found.push(next);
    for (let node = next.lastChild; node; node = node.previousSibling)
      if (node.nodeType === 1) pending.push(node as Element);
  }
  return found;
}

/** Returns the child elements. */
export function childrenOf(element: Element): Element[] {
  const children: Element[] = [];
  for (let node = element.firstChild; node; node = node.nextSibling)
    if (node.nodeType === 1) children.push(node as Element);
  return children;
}

/** Returns the child elements with this name. */
export const named = (element: Element, namespace: string, name: string): Element[] =>
  childrenOf(element).filter((child) => child.namespaceURI === namespace && child.localName === name);

/** Returns the single child element with this name. @throws InvalidSaml if there is none, or more than one */
export function only(element: Element, namespace: string, name: string): Element {
  const [child, second] = named(element, namespace, name);
  if (!child || second) throw new InvalidSaml(`${element.localName} must have exactly one ${name}`);
  return child;
}

/** Returns the text of an element that contains exactly one text node. @throws InvalidSaml */
export function textOf(element: Element): string {
  const { firstChild, childNodes } = element;
  if (childNodes.length !== 1 || firstChild?.nodeType !== 3)
    throw new InvalidSaml(`${element.localName} must contain text only`);
  return firstChild.nodeValue ?? '';
}

const signed = new Set(['Response', 'Assertion', 'LogoutRequest', 'LogoutResponse', 'EntityDescriptor']);

function checkShape(elements: readonly Element[]): void {
  const ids = new Set<string>();
  for (const element of elements) {
    for (const { name, value } of Array.from(element.attributes)) {
      // Some parsers resolve relative namespaces, so two readers could see different names.
      const declares = name === 'xmlns' || name.startsWith('xmlns:');
      if (declares && value !== '' && !/^[a-z][a-z0-9+.-]*:/i.test(value))
        throw new InvalidSaml('the message has a relative namespace');
      if (!/^(xml:)?id$/i.test(name)) continue;
      if (ids.has(value)) throw new InvalidSaml('the message has the same ID twice');
      ids.add(value);
    }
    const isSignature = element.namespaceURI === ds && element.localName === 'Signature';
    const parent = (element.parentNode as Element | null)?.localName ?? '';
    if (isSignature && !signed.has(parent)) throw new InvalidSaml(`${parent} must not contain a signature`);
  }
}
