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
  const [head = ''] = /^\w*/.exec(field ?? '') ?? [];
  const name = Object.hasOwn(names, head) ? names[head] : undefined;
  if (field === null || name === undefined) return error;
  const path = `${name}${field.slice(head.length)}`;
  return new BadInput(message.startsWith(`"${field}"`) ? `"${path}"${message.slice(field.length + 2)}` : message, path);
}
