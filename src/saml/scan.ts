import { InvalidSaml } from './errors.js';

/** Maximum size of a message, in characters. */
export const maxLength = 262_144;

const maxDepth = 64;
const maxElements = 5_500;
const maxAttributes = 12_000;
const maxAttributesOfElement = 64;
const maxNamespacesInScope = 64;

/** One step through a tag: up to its end, or up to and including an attribute's value. */
const step = /([^"'<>]*)(?:(>)|"[^"<]*"|'[^'<]*')/y;

interface Tag {
  end: number;
  attributes: number;
  namespaces: number;
  isEmpty: boolean;
}

/**
 * Checks size, depth and counts of a document in one pass over its text, before a parser or a library sees it: what a
 * parser does with a document costs more than linear time in one of these.
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
      checkLimits({
        ...tag,
        elements,
        total: attributes,
        depth: scopes.length + 1,
        inScope: namespaces + tag.namespaces,
      });
      if (!tag.isEmpty) {
        scopes.push(tag.namespaces);
        namespaces += tag.namespaces;
      }
    }
    at = xml.indexOf('<', tag.end);
  }
  return elements - elementsBefore;
}

function readTag(xml: string, start: number): Tag {
  let [attributes, namespaces] = [0, 0];
  step.lastIndex = start + 1;
  for (;;) {
    const found = step.exec(xml);
    if (!found) throw new InvalidSaml('the message is not well-formed XML: a tag does not end');
    const [whole, name = '', end] = found;
    if (end) return { end: step.lastIndex, attributes, namespaces, isEmpty: whole.endsWith('/>') };
    attributes += 1;
    if (/\bxmlns\b/.test(name)) namespaces += 1;
  }
}

function checkLimits(found: Omit<Tag, 'end' | 'isEmpty'> & Record<'elements' | 'total' | 'depth' | 'inScope', number>) {
  const over = (what: string, limit: number) => {
    throw new InvalidSaml(`the message has too many ${what}: the limit is ${limit}`);
  };
  if (found.depth > maxDepth) throw new InvalidSaml(`the message is nested too deeply: the limit is ${maxDepth}`);
  if (found.elements > maxElements) over('elements', maxElements);
  if (found.total > maxAttributes) over('attributes', maxAttributes);
  if (found.attributes > maxAttributesOfElement) over('attributes in one element', maxAttributesOfElement);
  if (found.inScope > maxNamespacesInScope) over('namespace declarations in scope', maxNamespacesInScope);
}
