import { InvalidSaml } from './errors.js';
import { clipped } from './reason.js';

/** Returns the value of a time attribute, which must be in UTC (SAML Core section 1.3.3). @throws InvalidSaml */
export function instant(element: Element, name: string): Date {
  const text = element.getAttributeNode(name)?.value ?? null;
  if (text === null) throw new InvalidSaml(`${element.localName} has no ${name}`);
  const date = new Date(text);
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) && !Number.isNaN(date.getTime());
  if (isInstant) return date;
  throw new InvalidSaml(
    `${name} of ${element.localName} is "${clipped(text)}"; it must be a time in UTC, as 2026-01-31T12:00:00Z (SAML Core section 1.3.3)`,
  );
}
