import { childrenOf, named } from './document.js';
import { saml } from './names.js';

const xsi = 'http://www.w3.org/2001/XMLSchema-instance';

/** The attributes of an assertion. */
export interface Attributes {
  /** The values by name. */
  attributes: Map<string, string[]>;
  /** Names of attributes with values that have no text: other XML, or nil. */
  unreadable: Set<string>;
}

/**
 * Returns the values of all attributes by name. A name can occur in several Attribute elements, statements and
 * NameFormats (SAML Core section 2.7.3): their values are merged without duplicates.
 */
export function attributesIn(assertion: Element): Attributes {
  const attributes = new Map<string, string[]>();
  const unreadable = new Set<string>();
  const known = new Map<string, Set<string>>();
  const elements = named(assertion, saml, 'AttributeStatement').flatMap((one) => named(one, saml, 'Attribute'));
  for (const element of elements) {
    const name = element.getAttribute('Name') ?? '';
    const before = known.get(name) ?? new Set();
    const texts = named(element, saml, 'AttributeValue').map(textOfValue);
    if (texts.includes(null)) unreadable.add(name);
    const fresh = texts.filter((text) => text !== null).filter((text) => !before.has(text));
    attributes.set(name, attributes.get(name) ?? []);
    attributes.get(name)?.push(...fresh);
    for (const value of fresh) before.add(value);
    known.set(name, before);
  }
  return { attributes, unreadable };
}

/**
 * Returns the text of an AttributeValue, which can contain any XML (SAML Core section 2.7.3.1.1). The only XML with a
 * meaningful text is a NameID, as in eduPersonTargetedID; for other XML and nil values it returns null.
 */
function textOfValue(value: Element): string | null {
  if (['true', '1'].includes(value.getAttributeNS(xsi, 'nil') ?? '')) return null;
  const children = childrenOf(value);
  const [child] = children;
  if (!child) return value.textContent ?? '';
  const isNameId = children.length === 1 && child.namespaceURI === saml && child.localName === 'NameID';
  const isAlone = (value.textContent ?? '').trim() === (child.textContent ?? '').trim();
  return isNameId && isAlone && childrenOf(child).length === 0 ? (child.textContent ?? '').trim() : null;
}
