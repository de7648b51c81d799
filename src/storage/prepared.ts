import { Bound, numbered, Sql } from './sql.js';

/** Statement for the driver. One with a name is prepared once for each connection. */
export interface Prepared {
  name?: string;
  text: string;
  values: unknown[];
}

/** Step of a template: the next part is a value, or a value that already has a parameter number. */
interface Step {
  /** Statement whose last part is this step. */
  end: { text: string; name?: string; uses: number } | undefined;
  value: Step | undefined;
  next: Map<readonly string[] | number, Step> | undefined;
}

const names = new Map<string, string>();
/** Maximum number of names. Statements with a constant text are about 400, and a filter that is written once has none. */
const named = 2_000;
/** Maximum number of steps. Beyond it, all are forgotten; frequent statements return at their next use. */
const remembered = 20_000;
const frequent = 5;
/** Maximum length of a text that is named for its frequency. Only filters with very many values are longer. */
const longest = 20_000;

let steps = 0;
let first = newStep();

/** Returns the name of a statement with a constant text. */
export function nameOf(text: string): string {
  const name = names.get(text) ?? `q${names.size}`;
  names.set(text, name);
  return name;
}

/**
 * Numbers the values of a fragment, and names the statement if it has a constant text or is sent often. Lookups of IdPs
 * have a few different texts and run thousands of times a day. A filter that a user writes runs once.
 *
 * The text and the name are found by the identity of the templates that the fragment consists of. Composing the text
 * again for each of a thousand requests a second took as long as sending it.
 */
export function prepared(fragment: Sql, { isConstant }: { isConstant: boolean }): Prepared {
  if (steps > remembered) {
    steps = 0;
    first = newStep();
  }
  const { step, values } = walk(fragment);
  step.end ??= { text: numbered(fragment).text, uses: 0 };
  const { end } = step;
  end.uses++;
  if (end.name === undefined && (isConstant || isFrequent(end))) end.name = nameOf(end.text);
  return end.name === undefined ? { text: end.text, values } : { name: end.name, text: end.text, values };
}

// The best index for a pattern depends on the pattern.
const isFrequent = ({ text, uses }: { text: string; uses: number }) =>
  uses > frequent && (names.has(text) || names.size < named) && text.length <= longest && !text.includes(' like $');

const counts = new Map<string, { text: string; uses: number }>();

/** Returns the name of a text that TypeORM has built, if it is sent often. */
export function nameIfFrequent(text: string): { name?: string } {
  if (counts.size > remembered) counts.clear();
  const count = counts.get(text) ?? { text, uses: 0 };
  counts.set(text, count);
  count.uses++;
  return isFrequent(count) ? { name: nameOf(text) } : {};
}

/** Follows the templates of a fragment and collects its values in the order of their numbers. */
function walk(fragment: Sql): { step: Step; values: unknown[] } {
  const values: unknown[] = [];
  let places: Map<object, number> | undefined;
  let step = first;
  const visit = ({ texts, parts }: Sql): void => {
    step = after(step, texts);
    for (const part of parts) {
      if (part instanceof Sql) {
        visit(part);
        continue;
      }
      const place = part instanceof Bound ? places?.get(part) : undefined;
      if (place !== undefined) {
        step = after(step, place);
        continue;
      }
      step.value ??= newStep();
      step = step.value;
      if (part instanceof Bound) {
        places ??= new Map();
        places.set(part, values.push(part.value));
      } else values.push(part);
    }
  };
  visit(fragment);
  return { step, values };
}

function after(step: Step, key: readonly string[] | number): Step {
  step.next ??= new Map();
  const known = step.next.get(key) ?? newStep();
  step.next.set(key, known);
  return known;
}

function newStep(): Step {
  steps++;
  return { end: undefined, value: undefined, next: undefined };
}
