import { BadInput } from './errors.js';

/** Several errors of one input. Its code, message and field are those of the first one. */
export class InputErrors extends BadInput {
  constructor(readonly errors: readonly [BadInput, ...BadInput[]]) {
    super(errors[0].message, errors[0].field);
  }
}

/**
 * Runs all checks, so that a form learns all invalid fields at once. Keeps one error for each field.
 *
 * @throws BadInput if one field is invalid, InputErrors if several are, and what else a check throws
 */
export function checkAll(checks: readonly (() => unknown)[]): void {
  const found = new Map<string | null, BadInput>();
  for (const check of checks) {
    try {
      check();
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      for (const each of error instanceof InputErrors ? error.errors : [error])
        if (!found.has(each.field)) found.set(each.field, each);
    }
  }
  const [first, ...others] = found.values();
  if (first) throw others.length === 0 ? first : new InputErrors([first, ...others]);
}

/**
 * Returns the results of all checks, by name.
 *
 * @throws BadInput if one field is invalid, InputErrors if several are, and what else a check throws
 */
export function checkedAll<T extends object>(checks: { readonly [K in keyof T]: () => T[K] }): T {
  const values: Partial<T> = {};
  checkAll(
    (Object.keys(checks) as (keyof T)[]).map((name) => () => {
      values[name] = checks[name]();
    }),
  );
  return values as T;
}

/**
 * Returns the results of all checks, by name. They run one after the other.
 *
 * @throws BadInput if one field is invalid, InputErrors if several are, and what else a check throws
 */
export async function checkedInOrder<T extends object>(
  checks: {
    readonly [K in keyof T]: () => T[K] | Promise<T[K]>;
  },
): Promise<T> {
  const results = {} as { [K in keyof T]: () => T[K] };
  for (const name of Object.keys(checks) as (keyof T)[]) {
    try {
      const value = await checks[name]();
      results[name] = () => value;
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      results[name] = () => {
        throw error;
      };
    }
  }
  return checkedAll(results);
}

/**
 * Runs `work`. Errors of its input name the fields by `names`, such as `{ scim: 'provisioning.enabled' }`, because the
 * caller sent them under other names.
 *
 * @throws what `work` throws
 */
export async function withFieldNames<T>(names: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof BadInput ? renamed(error, names) : error;
  }
}

function renamed(error: BadInput, names: Readonly<Record<string, string>>): BadInput {
  if (error instanceof InputErrors) {
    const [first, ...others] = error.errors;
    return new InputErrors([renamed(first, names), ...others.map((each) => renamed(each, names))]);
  }
  const { field, message } = error;
  const [word = ''] = /^\w*/.exec(field ?? '') ?? [];
  const head = field !== null && Object.hasOwn(names, field) ? field : word;
  const name = Object.hasOwn(names, head) ? names[head] : undefined;
  if (field === null || name === undefined) return error;
  const path = `${name}${field.slice(head.length)}`;
  return new BadInput(message.startsWith(`"${field}"`) ? `"${path}"${message.slice(field.length + 2)}` : message, path);
}
