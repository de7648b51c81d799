import { InvalidSaml } from './errors.js';

/** Maximum size of a message, in characters. */
export const maxLength = 262_144;

const maxDepth = 64;
const maxElements = 5_500;
const maxAttributes = 12_000;
const maxAttributesOfElement = 64;
const maxNamespacesInScope = 64;

interface Tag {
  end: number;
  attributes: number;
  namespaces: number;
  isEmpty: boolean;
}

/**
 * Checks size, depth and counts of a document in one pass over its text, before a parser or library reads it. The cost
 * of parsing grows faster than linearly with one of these.
 *
 * @returns the number of elements
 * @throws InvalidSaml
 */
export function scan(xml: string, elementsBefore = 0): number {
  if (xml.length > maxLength) throw new InvalidSaml('the message is too large');
  const scopes: number[] = [];
  let [elements, attributes, namespaces] = [elementsBefore, 0, 0];
  for (let at = xml.indexOf('<'); at >= 0; ) {
    const tag = readTag(xml, at);
    if (xml[at + 1] === '/') namespaces -= scopes.pop() ?? 0;
    else {
      elements += 1;
      attributes += tag.attributes;
      check('elements', elements, maxElements);
      check('attributes', attributes, maxAttributes);
      check('attributes in one element', tag.attributes, maxAttributesOfElement);
      check('levels', scopes.length + 1, maxDepth);
      check('namespace declarations in scope', namespaces + tag.namespaces, maxNamespacesInScope);
      if (!tag.isEmpty) {
        scopes.push(tag.namespaces);
        namespaces += tag.namespaces;
      }
    }
    at = xml.indexOf('<', tag.end);
  }
  return elements - elementsBefore;
}

/** Reads to the end of a tag, character by character: this is the only loop that runs over messages of any size. */
function readTag(xml: string, start: number): Tag {
  let [attributes, namespaces] = [0, 0];
  for (let at = start + 1; at < xml.length; at++) {
    const character = xml[at];
    if (character === '>') return { end: at + 1, attributes, namespaces, isEmpty: xml[at - 1] === '/' };
    if (character === '<') break;
    if (character === 'x' && xml.startsWith('xmlns', at)) namespaces += 1;
    if (character !== '"' && character !== "'") continue;
    const close = xml.indexOf(character, at + 1);
    if (close < 0 || xml.slice(at, close).includes('<')) break;
    attributes += 1;
    at = close;
  }
  throw new InvalidSaml('the message is not well-formed XML: a tag does not end');
}

function check(what: string, count: number, limit: number): void {
  if (count > limit) throw new InvalidSaml(`the message has too many ${what}: the limit is ${limit}`);
}
