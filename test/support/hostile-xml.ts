import type { randomOf } from './soak.js';

type Random = Pick<ReturnType<typeof randomOf>, 'below' | 'pick'>;

const pieces = [
  '',
  ' ',
  '\n',
  '\0',
  '\u0001',
  '\ud800',
  '\u{1f600}',
  '\ufeff',
  '<',
  '>',
  '&',
  '"',
  "'",
  '&amp;',
  '&#0;',
  '&#xD800;',
  '&#x1F600;',
  '&x;',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?x?>',
  '<!DOCTYPE x>',
  '</saml:Assertion>',
  '</samlp:Response>',
  '<saml:Assertion>',
  '<x/>',
  '<saml:NameID>x</saml:NameID>',
  '<ds:Signature/>',
  '<ds:Object/>',
  '<ds:Reference/>',
  '<saml:Condition/>',
  'xmlns:x="urn:x"',
  'xmlns="relative"',
  'ID="_x"',
  'Id="_x"',
  'xsi:nil="true"',
  'InResponseTo=""',
  'Version="9"',
  '2026-13-45T99:99:99Z',
  '+275760-09-13T00:00:00.001Z',
  '__proto__',
  'constructor',
  '='.repeat(50),
  'x'.repeat(5_000),
  '<a>'.repeat(70),
  '<x/>'.repeat(500),
  ' a="1"'.repeat(80),
  'http://www.w3.org/2000/09/xmldsig#sha1',
];

/** Returns generators of malformed or meaningless documents. */
export function hostileXml({ below, pick }: Random) {
  /** Removes, repeats, moves and inserts parts of a text. */
  function mutated(text: string): string {
    let result = text;
    for (let n = below(4); n >= 0; n--) {
      const [from, to] = [below(result.length + 1), below(result.length + 1)].sort((a, b) => a - b) as [number, number];
      const end = pick([from, Math.min(to, from + 40), to]);
      const into = pick([pick(pieces), result.slice(from, end), '']);
      result = result.slice(0, from) + into + result.slice(pick([from, end]));
    }
    return result;
  }

  /** Returns well-formed XML without a meaning. */
  function tree(depth = 0): string {
    const name = pick([
      'x',
      'saml:Assertion',
      'saml:Issuer',
      'ds:Signature',
      'saml:NameID',
      'samlp:Status',
      'xenc:EncryptedData',
      'saml:EncryptedAssertion',
    ]);
    const attributes = Array.from(
      { length: below(4) },
      (_, n) => ` ${pick(['ID', 'a', 'xml:id', 'Value', 'Algorithm'])}${n}="${pick(['', '#x', 'x'])}"`,
    );
    const children =
      depth > 6 ? '' : Array.from({ length: below(5) }, () => tree(depth + 1)).join(pick(['', ' ', 'text']));
    return `<${name}${attributes.join('')}>${children}</${name}>`;
  }
  return { mutated, tree };
}
