import { type AttributePath, type Comparison, comparisons, type Filter, type Value } from './filter.js';
import { scan, type Token } from './scan.js';
import { FilterSyntax } from './syntax-errors.js';

const maximumDepth = 32;

/**
 * Parses a filter. Precedence from high to low: grouping, comparison, not, and, or. Names and operators are
 * case-insensitive.
 *
 * @throws FilterSyntax that describes the error and its position
 */
export function parseFilter(text: string): Filter {
  const parser = new Parser(scan(text));
  const filter = parser.or();
  parser.expect('end', 'the filter goes on after its end');
  return filter;
}

/** Parser of filters and of PATCH paths, for one list of tokens. */
export class Parser {
  #next = 0;
  #depth = 0;
  constructor(readonly tokens: readonly Token[]) {}

  get token(): Token {
    return this.tokens[this.#next] ?? { kind: 'end', text: '', at: 0 };
  }

  take(): Token {
    const { token } = this;
    this.#next++;
    return token;
  }

  expect(kind: Token['kind'], fault: string): Token {
    if (this.token.kind !== kind) throw new FilterSyntax(fault, this.token.at);
    return this.take();
  }

  or(): Filter {
    return this.#chain('or', () => this.#chain('and', () => this.#term()));
  }

  #chain(kind: 'and' | 'or', operand: () => Filter): Filter {
    let left = operand();
    for (let count = 0; this.#isWord(kind); count++) {
      if (count > 500) throw new FilterSyntax('it has more than 500 terms', this.token.at);
      this.take();
      left = { kind, left, right: operand() };
    }
    return left;
  }

  #isWord(word: string): boolean {
    return this.token.kind === 'word' && this.token.text.toLowerCase() === word;
  }

  #term(): Filter {
    if (++this.#depth > maximumDepth) throw new FilterSyntax(`it is nested deeper than ${maximumDepth}`, this.token.at);
    try {
      if (this.token.kind === '(') return this.#group();
      if (this.#isWord('not') && this.tokens[this.#next + 1]?.kind === '(') {
        this.take();
        return { kind: 'not', filter: this.#group() };
      }
      return this.#attribute();
    } finally {
      this.#depth--;
    }
  }

  #group(): Filter {
    this.take();
    const filter = this.or();
    this.expect(')', 'a parenthesis is not closed');
    return filter;
  }

  #attribute(): Filter {
    const path = pathOf(this.expect('word', 'an attribute name is missing'));
    if (this.token.kind !== '[') return this.#comparison(path);
    this.take();
    const filter = this.or();
    this.expect(']', 'a bracket is not closed');
    return { kind: 'element', path, filter, also: this.#afterElement() };
  }

  // `emails[type eq "work"].value eq "x"`: IdPs send it, and the grammar of paths allows it.
  #afterElement(): Filter | null {
    if (this.token.kind !== 'word' || !this.token.text.startsWith('.')) return null;
    const token = this.take();
    return this.#comparison(pathOf({ ...token, text: token.text.slice(1) }));
  }

  #comparison(path: AttributePath): Filter {
    const token = this.expect('word', `an operator is missing after "${path.name}"`);
    const op = token.text.toLowerCase();
    if (op === 'pr') return { kind: 'present', path };
    if (!comparisons.includes(op as Comparison)) {
      throw new FilterSyntax(
        `"${token.text}" is not an operator. Use eq, ne, co, sw, ew, gt, ge, lt, le or pr`,
        token.at,
      );
    }
    return { kind: 'compare', path, op: op as Comparison, value: this.#value() };
  }

  #value(): Value {
    const token = this.take();
    if (token.kind === 'string' || token.kind === 'word') {
      try {
        // Some IdPs send True and False, the literals of their programming language.
        const literal = /^(true|false|null)$/i.test(token.text) ? token.text.toLowerCase() : token.text;
        const value: unknown = JSON.parse(literal);
        if (isText(value) || Number.isFinite(value) || typeof value === 'boolean' || value === null)
          return value as Value;
      } catch {
        // The error is thrown below, with the position.
      }
    }
    throw new FilterSyntax(
      'a value is missing, is not written as JSON (strings need double quotes), or cannot be stored',
      token.at,
    );
  }
}

/** Pattern of the name of an attribute or sub-attribute (RFC 7643 section 2.1; only `$ref` starts with `$`). */
export const attributeName = /^[A-Za-z$][\w$-]*$/;
const qualifiedName = /^[\w$-]+(\.[\w$-]+)*$/;

/** Returns true for a string that the database can store: without NUL and lone surrogates. */
const isText = (value: unknown): boolean =>
  typeof value === 'string' && !value.includes('\0') && Buffer.from(value).toString() === value;

/**
 * Parses the path in a word: an optional URN, a name and at most one sub-attribute (RFC 7644 section 3.10).
 *
 * The URN is split at the last ":" here. `resolve` determines its actual end, because a URN can contain dots and a path
 * can consist of an extension alone.
 */
export function pathOf({ text, at }: Token): AttributePath {
  const colon = text.lastIndexOf(':');
  const urn = colon < 0 ? null : text.slice(0, colon);
  const tail = text.slice(colon + 1);
  const dot = tail.indexOf('.');
  const head = dot < 0 ? tail : tail.slice(0, dot);
  const sub = dot < 0 ? null : tail.slice(dot + 1);
  const fits =
    urn === null
      ? attributeName.test(head) && (sub === null || attributeName.test(sub))
      : urn !== '' && qualifiedName.test(tail);
  if (!fits) throw new FilterSyntax(`"${text.slice(0, 100)}" is not an attribute`, at);
  return { urn, name: head, sub };
}
