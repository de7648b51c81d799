import { Random } from './random.js';

/** A user in the customer's directory, as the IdP stores it. */
export interface Person {
  /** The IdP's own id, which is the `externalId` in SCIM. */
  key: string;
  userName: string;
  email: string;
  givenName: string;
  familyName: string;
  title: string;
  department: string;
  phone: string | null;
  active: boolean;
}

export interface Team {
  key: string;
  name: string;
  /** Keys of the member users. */
  members: Set<string>;
}

const departments = ['Engineering', 'Sales', 'Finance', 'Support', 'People'];
const titles = ['Engineer', 'Manager', 'Analyst', 'Consultant', 'Lead'];
const hex = (random: Random, digits: number) =>
  Array.from({ length: digits }, () => random.below(16).toString(16)).join('');

/** The customer's directory, generated from a seed, with realistic changes. */
export class Tenant {
  readonly random: Random;
  readonly people: Person[] = [];
  readonly teams: Team[] = [];
  #joined = 0;

  constructor(
    seed: number,
    readonly domain: string,
  ) {
    this.random = new Random(seed);
  }

  /** Adds a new user. */
  hire(): Person {
    const n = ++this.#joined;
    const { random } = this;
    const key = `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`;
    const userName = `person${n}@${this.domain}`;
    const person: Person = {
      key,
      userName,
      email: userName,
      givenName: `Given${n}`,
      // Real directories contain apostrophes, accents and non-Latin scripts.
      familyName: random.pick(['Person', "O'Person", 'Persön', '人物', 'van der Person']),
      title: random.pick(titles),
      department: random.pick(departments),
      phone: random.next() < 0.5 ? `+49 30 ${100_000 + n}` : null,
      active: true,
    };
    this.people.push(person);
    return person;
  }

  /**
   * Returns a realistic change of a user's attributes, such as a new title, department, family name or phone number.
   */
  change(person: Person): Partial<Person> {
    const { random } = this;
    const changes: Partial<Person>[] = [
      { title: `${random.pick(titles)} ${random.below(1000)}` },
      { department: `${random.pick(departments)} ${random.below(1000)}` },
      { familyName: `Person-${random.below(100_000)}` },
      { phone: person.phone === null ? `+49 40 ${random.below(1_000_000)}` : null },
    ];
    return random.pick(changes);
  }

  found(name: string, members: readonly Person[]): Team {
    const team = { key: `team-${this.teams.length + 1}`, name, members: new Set(members.map(({ key }) => key)) };
    this.teams.push(team);
    return team;
  }
}
