import { FilterSyntax } from './syntax-errors.js';

/** Token of a filter or path: a word, a JSON string, or one of ( ) [ ] . */
export interface Token {
  kind: 'word' | 'string' | '(' | ')' | '[' | ']' | 'end';
  text: string;
  at: number;
}

const maximumLength = 8_192;
const blank = new Set([' ', '\t', '\r', '\n']);
const marks = new Set(['(', ')', '[', ']']);

/**
 * Splits the text, from the character `from` on, into tokens. It needs one pass and no regular expression on the whole
 * text.
 */
export function scan(text: string, from = 0): Token[] {
  if (text.length > maximumLength)
    throw new FilterSyntax(`it is longer than ${maximumLength} characters`, maximumLength);
  const tokens: Token[] = [];
  let at = from;
  while (at < text.length) {
    const char = text.charAt(at);
    if (blank.has(char)) {
      at++;
    } else if (marks.has(char)) {
      tokens.push({ kind: char as Token['kind'], text: char, at: at++ });
    } else {
      const end = char === '"' ? endOfString(text, at) : endOfWord(text, at);
      tokens.push({ kind: char === '"' ? 'string' : 'word', text: text.slice(at, end), at });
      at = end;
    }
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\') at++;
    else if (char === '"') return at + 1;
  }
  throw new FilterSyntax('the double quote of a text is not closed', start);
}

function endOfWord(text: string, start: number): number {
  let at = start;
  while (at < text.length && !blank.has(text.charAt(at)) && !marks.has(text.charAt(at)) && text.charAt(at) !== '"')
    at++;
  return at;
}
