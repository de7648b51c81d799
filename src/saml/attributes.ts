import { childrenOf, named } from './document.js';
import { saml } from './names.js';

const xsi = 'http://www.w3.org/2001/XMLSchema-instance';

/**
 * Returns the values of all attributes by name. A name can occur in several Attribute elements, statements and
 * NameFormats (SAML Core section 2.7.3): their values are joined, without repeats.
 */
export function attributesIn(assertion: Element): Map<string, string[]> {
  const attributes = new Map<string, string[]>();
  const known = new Map<string, Set<string>>();
  const elements = named(assertion, saml, 'AttributeStatement').flatMap((one) => named(one, saml, 'Attribute'));
  for (const element of elements) {
    const name = element.getAttribute('Name') ?? '';
    const before = known.get(name) ?? new Set();
    const values = named(element, saml, 'AttributeValue').flatMap(textsOf);
    const fresh = values.filter((value) => !before.has(value));
    attributes.set(name, attributes.get(name) ?? []);
    attributes.get(name)?.push(...fresh);
    for (const value of fresh) before.add(value);
    known.set(name, before);
  }
  return attributes;
}

/**
 * Returns the text of an AttributeValue, which may contain any XML (SAML Core section 2.7.3.1.1). Of XML only a NameID has a
 * text that names something, as in eduPersonTargetedID; other XML and nil values are passed over.
 */
function textsOf(value: Element): string[] {
  if (['true', '1'].includes(value.getAttributeNS(xsi, 'nil') ?? '')) return [];
  const children = childrenOf(value);
  const [child] = children;
  if (!child) return [value.textContent ?? ''];
  const isNameId = children.length === 1 && child.namespaceURI === saml && child.localName === 'NameID';
  const isAlone = (value.textContent ?? '').trim() === (child.textContent ?? '').trim();
  return isNameId && isAlone && childrenOf(child).length === 0 ? [(child.textContent ?? '').trim()] : [];
}
