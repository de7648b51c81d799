import { createHash } from 'node:crypto';
import { BadInput } from '../../kernel/errors.js';
import { isObject } from '../../kernel/json.js';

/** A user that a developer has entered on the page. */
export interface Person {
  sub: string;
  claims: Record<string, unknown>;
}

const text = (form: URLSearchParams, name: string): string => (form.get(name) ?? '').trim();

/**
 * Returns the user in the form. The same address is always the same user. @throws BadInput that describes the invalid
 * field
 */
export function personIn(form: URLSearchParams): Person {
  const email = text(form, 'email');
  const sub = text(form, 'sub') || createHash('sha256').update(email.toLowerCase()).digest('hex').slice(0, 24);
  if (email === '' && text(form, 'sub') === '') throw new BadInput('Enter an email address or a subject.', null);
  const [given_name, family_name] = [text(form, 'given_name'), text(form, 'family_name')];
  const groups = text(form, 'groups')
    .split(',')
    .map((group) => group.trim())
    .filter(Boolean);
  const named = {
    email,
    given_name,
    family_name,
    name: [given_name, family_name].filter(Boolean).join(' '),
    groups: groups.length > 0 ? groups : undefined,
    email_verified: email === '' ? undefined : form.get('email_verified') === 'yes',
  };
  const claims = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== '' && value !== undefined));
  return { sub, claims: { ...claims, ...moreClaims(text(form, 'claims')) } };
}

function moreClaims(json: string): Record<string, unknown> {
  if (json === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    if (isObject(value)) return value;
  } catch {
    // The error below covers invalid JSON too.
  }
  throw new BadInput('"More claims" must be a JSON object, such as {"department": "Sales"}.');
}
