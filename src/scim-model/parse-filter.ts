import { type AttributePath, type Comparison, comparisons, type Filter, printPath, type Value } from './filter.js';
import { scan, type Token } from './scan.js';
import { FilterSyntax } from './syntax-errors.js';

const maximumDepth = 32;

/**
 * Parses a filter, from the character `from` of the text on. Precedence from high to low: grouping, comparison, not,
 * and, or. Names and operators are case-insensitive.
 *
 * @throws FilterSyntax that contains the position, what was expected there, and what was found
 */
export function parseFilter(text: string, from = 0): Filter {
  const parser = new Parser(scan(text, from));
  const filter = parser.or();
  parser.expect('end', '"and", "or" or the end of the filter');
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

  /** Returns the next token of this kind. @throws FilterSyntax with the description `expected` for any other */
  expect(kind: Token['kind'], expected: string): Token {
    if (this.token.kind !== kind) throw unexpected(this.token, expected);
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
    this.expect(')', '"and", "or" or ")"');
    return filter;
  }

  #attribute(): Filter {
    const path = pathOf(this.expect('word', 'an attribute name'));
    if (this.token.kind !== '[') return this.#comparison(path);
    this.take();
    const filter = this.or();
    this.expect(']', '"and", "or" or "]"');
    return { kind: 'element', path, filter, also: this.#afterElement() };
  }

  // `emails[type eq "work"].value eq "x"`: IdPs send it, and the grammar of paths allows it.
  #afterElement(): Filter | null {
    if (this.token.kind !== 'word' || !this.token.text.startsWith('.')) return null;
    const token = this.take();
    return this.#comparison(pathOf({ ...token, text: token.text.slice(1) }));
  }

  #comparison(path: AttributePath): Filter {
    const expected = `an operator after "${printPath(path)}" (eq, ne, co, sw, ew, gt, ge, lt, le or pr)`;
    const token = this.expect('word', expected);
    const op = token.text.toLowerCase();
    if (op === 'pr') return { kind: 'present', path };
    if (!comparisons.includes(op as Comparison)) throw unexpected(token, expected);
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
    if (token.kind === 'string') {
      const text = token.text.slice(0, shown);
      throw new FilterSyntax(`the text ${text} is not valid JSON, or has a character that cannot be stored`, token.at);
    }
    const example = token.kind === 'word' ? token.text.slice(0, shown).replace(/^'|[\\']/g, '') : '';
    throw unexpected(
      token,
      `a value: text in double quotes such as "${example || 'work'}", a number, true, false or null`,
    );
  }
}

/** Maximum number of characters of a token that an error contains. */
const shown = 100;

function unexpected({ kind, text, at }: Token, expected: string): FilterSyntax {
  const found = kind === 'end' ? 'the end' : kind === 'string' ? text.slice(0, shown) : `"${text.slice(0, shown)}"`;
  return new FilterSyntax(`expected ${expected}, but found ${found}`, at);
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
  if (!fits) throw notAnAttribute(text, at);
  return { urn, name: head, sub };
}

// `type=work` is one word, because the operators of SCIM are words between spaces.
function notAnAttribute(text: string, at: number): FilterSyntax {
  const [, name, value] = /^([\w.:$-]+)[=!<>]+([\w.:@-]*)$/.exec(text.slice(0, shown)) ?? [];
  const form = name && `. Write an operator between spaces, such as: ${name} eq "${value || 'work'}"`;
  return new FilterSyntax(`"${text.slice(0, shown)}" is not an attribute name${form ?? ''}`, at);
}
