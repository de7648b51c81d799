import { XmlDocument, XmlElement, type XmlNode } from 'libxml2-wasm';
import { elementsIn, type Parsed } from './document.js';
import { InvalidSaml } from './errors.js';
import { saml } from './names.js';

/** The names of all elements in document order, and the text of every NameID. */
interface Reading {
  names: string[];
  subjects: string[];
}

/**
 * Compares a document with the result of another parser, libxml2, for the same text.
 *
 * @throws InvalidSaml if the two differ
 */
export function checkSecondOpinion({ xml, root }: Parsed): void {
  const first = readingOf(root);
  const second = readByLibxml(xml);
  if (first.names.join('\n') !== second.names.join('\n') || first.subjects.join('\0') !== second.subjects.join('\0')) {
    throw new InvalidSaml('two parsers read the message differently');
  }
}

function readingOf(root: Element): Reading {
  const elements = elementsIn(root);
  return {
    names: elements.map(({ namespaceURI, localName }) => `${namespaceURI ?? ''} ${localName}`),
    subjects: elements
      .filter(({ namespaceURI, localName }) => namespaceURI === saml && localName === 'NameID')
      .map(({ textContent }) => textContent ?? ''),
  };
}

function readByLibxml(xml: string): Reading {
  const document = parse(xml);
  try {
    const reading: Reading = { names: [], subjects: [] };
    const pending: XmlNode[] = [document.root];
    for (let node = pending.pop(); node; node = pending.pop()) {
      if (!(node instanceof XmlElement)) continue;
      reading.names.push(`${node.namespaceUri} ${node.name}`);
      if (node.name === 'NameID' && node.namespaceUri === saml) reading.subjects.push(node.content);
      for (let child = node.lastChild; child; child = child.prev) pending.push(child);
    }
    return reading;
  } finally {
    document.dispose();
  }
}

function parse(xml: string): XmlDocument {
  try {
    return XmlDocument.fromString(xml);
  } catch {
    throw new InvalidSaml('two parsers disagree on whether the message is well-formed XML');
  }
}
