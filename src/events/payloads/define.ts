import type { IdOf } from '../../kernel/ids.js';
import type { Fields, PayloadOf } from './field.js';

/** Types of subjects, with the prefix of their ids. */
export const subjectPrefixes = {
  user: 'user',
  group: 'group',
  connection: 'conn',
  organization: 'org',
  domain: 'dom',
  consumer: 'cons',
  webhook: 'hook',
} as const;
/** Type of the subject of an event. */
export type SubjectType = keyof typeof subjectPrefixes;

/** The subject of an event: its type, and an id of that type. */
export type Subject<S extends SubjectType = SubjectType> = {
  [P in S]: { type: P; id: IdOf<(typeof subjectPrefixes)[P]> };
}[S];

/** State of an entity right after the change, which several events carry. */
export interface State<F extends Fields = Fields> {
  /** Name of its type in the client. */
  readonly name: string;
  /** The entity, as docs/events.md names it: `the user`. */
  readonly description: string;
  readonly fields: F;
}

/** Definition of one type of event. */
export interface Definition<
  S extends SubjectType = SubjectType,
  B extends State | null = State | null,
  D extends readonly Fields[] = readonly Fields[],
> {
  /** Types of its subject. */
  readonly subjects: readonly S[];
  /** The change, and when the event is emitted. */
  readonly description: string;
  /** The state that its payload contains; null if it contains none. */
  readonly state: B;
  /** The other fields of its payload. Several sets are alternatives: an event has the fields of one. */
  readonly shapes: D;
}

/** Returns the definition of an event. A field of a shape replaces the field of the state with the same name. */
export const define = <
  const S extends readonly SubjectType[],
  B extends State | null,
  const D extends readonly [Fields, ...Fields[]],
>(
  about: { subjects: S; description: string; state: B },
  ...shapes: D
): Definition<S[number], B, D> => ({ ...about, shapes });

type FieldsOf<B> = B extends State<infer F> ? F : Record<never, never>;
type With<B extends Fields, D> = D extends Fields ? PayloadOf<Omit<B, keyof D> & D> : never;

/** The payload of an event with this definition. */
export type PayloadBy<E> = E extends Definition<SubjectType, infer B, infer D> ? With<FieldsOf<B>, D[number]> : never;

/** The types of subject of an event with this definition. */
export type SubjectTypeBy<E> = E extends Definition<infer S> ? S : never;
