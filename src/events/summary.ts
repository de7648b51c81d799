import type { EventRecord } from './event.js';
import { valueIn } from './typed-fields.js';

/** Fields of `data` that name the subject for a person, the most readable first. */
const names = ['displayName', 'userName', 'email', 'name', 'domain', 'url'];
/** Fields of `data` that say why or what, in this order. */
const details = ['kind', 'code', 'because', 'reason', 'why', 'emailDomain'];

const title = (type: string) => {
  const words = type.replaceAll(/[._]/g, ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
};

/**
 * Returns the event in one line for display: the type in words, the subject by its name if the data contains one, and
 * the reason. After an erasure the subject is its id.
 */
export function summaryOf({ type, subjectId, data }: Pick<EventRecord, 'type' | 'subjectId' | 'data'>): string {
  const subject = valueIn(data, { sources: names.filter((name) => typeof data[name] === 'string') }) ?? subjectId;
  const roles = [...signed('+', data.added), ...signed('-', data.removed)];
  const reasons = details.map((name) => data[name]).filter((value) => typeof value === 'string' && value !== '');
  const more = [...roles, ...reasons].join(', ');
  return `${title(type)}: ${subject}${more ? ` (${more})` : ''}`;
}

const signed = (sign: string, roles: unknown): string[] =>
  Array.isArray(roles) ? roles.map((role) => `${sign}${role}`) : [];
