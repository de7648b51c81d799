import { type Dialect, enterprise } from './dialect.js';
import type { Http, Unexpected } from './http.js';
import { type Person, type Team, Tenant } from './tenant.js';

export interface Plan {
  users: number;
  cycles: number;
  seed: number;
  concurrency: number;
  /** The email domain of all users of a run, so that two runs against one server do not conflict. */
  domain: string;
}

/** The results of a run. */
export interface Findings {
  people: number;
  groups: number;
  /** The differences between the directory and the IdP's state, one sentence each. */
  differences: string[];
}

/** The changes of a group in one cycle. */
interface TeamChange {
  team: Team;
  removed: string[];
  added: string[];
  renamed: string | null;
}

/** Called after every step, with the total number of steps. */
export type OnStep = (done: number, of: number, phase: string) => void;

/** The server has rejected the requests of an administrator's "test connection". */
export class TestConnectionFailed extends Error {
  constructor({ request, status, answer }: Unexpected) {
    super(`The connection test failed: ${request} was answered with ${status}. Check --base and --token. ${answer}`);
  }
}

/**
 * Simulates an IdP: it provisions all users, runs cycles of changes, and finally compares the directory with its own
 * state.
 */
export class Simulation {
  readonly tenant: Tenant;
  readonly ids = new Map<string, string>();
  readonly #gone = new Set<string>();
  #done = 0;
  readonly #total: number;

  constructor(
    readonly http: Http,
    readonly dialect: Dialect,
    readonly plan: Plan,
    readonly onStep: OnStep = () => {},
  ) {
    this.tenant = new Tenant(plan.seed, plan.domain);
    this.#total = plan.users * 2 + plan.cycles * Math.ceil(plan.users * 0.12);
  }

  async run(): Promise<Findings> {
    await this.dialect.probe(this.http);
    const [refusal] = this.http.unexpected;
    if (refusal) throw new TestConnectionFailed(refusal);
    await this.#join(this.plan.users, 'initial sync');
    await this.#foundTeams();
    for (let n = 1; n <= this.plan.cycles; n++) await this.#cycle(n);
    const differences = await this.#verify();
    this.onStep(this.#total, this.#total, 'done');
    return { people: this.ids.size - this.#gone.size, groups: this.tenant.teams.length, differences };
  }

  /** Runs `work` for all items in order, with `concurrency` of them at the same time. */
  async #each<T>(items: readonly T[], phase: string, work: (item: T) => Promise<void>): Promise<void> {
    const queue = [...items];
    const worker = async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        await work(item);
        this.onStep(Math.min(++this.#done, this.#total), this.#total, phase);
      }
    };
    await Promise.all(Array.from({ length: this.plan.concurrency }, worker));
  }

  /**
   * Provisions `count` new users. All random decisions are made before the first request, so that a seed determines a
   * run.
   */
  async #join(count: number, phase: string): Promise<void> {
    const joiners = Array.from({ length: count }, () => this.tenant.hire());
    // In 2 % of the requests, the response is treated as lost.
    const steps = joiners.map((person) => ({ person, isRepeated: this.tenant.random.next() < 0.02 }));
    await this.#each(steps, phase, (step) => this.#provision(step));
  }

  async #provision({ person, isRepeated }: { person: Person; isRepeated: boolean }): Promise<void> {
    const { http, dialect } = this;
    const known = await http.find(dialect.match(person));
    if (known) return this.#link(person, known.id);
    const { body, status } = await http.send('POST', '/Users', dialect.create(person));
    if (status === 201 && body?.id) this.ids.set(person.key, body.id);
    // The IdP repeats the request, gets a conflict, and finds the user that it has created.
    if (isRepeated) {
      await http.send('POST', '/Users', dialect.create(person), [409]);
      const found = await http.find(dialect.match(person));
      if (found?.id !== body?.id)
        http.unexpected.push({ request: 'look-up after 409', status: 0, answer: String(found?.id) });
    }
  }

  /** Updates an existing user to the IdP's state, for example after an earlier run. */
  async #link(person: Person, id: string): Promise<void> {
    this.ids.set(person.key, id);
    const { title, department, familyName, givenName, phone } = person;
    await this.dialect.update(this.http, id, person, { title, department, familyName, givenName, phone });
    await this.dialect.setActive(this.http, id, person);
  }

  async #foundTeams(): Promise<void> {
    const { groups } = this.dialect;
    if (!groups) return;
    const { tenant } = this;
    const count = Math.max(2, Math.ceil(this.plan.users / 100));
    const teams = Array.from({ length: count }, (_, n) =>
      tenant.found(`Team ${n + 1} ${this.plan.domain}`, tenant.random.some(tenant.people, n === 0 ? 500 : 40)),
    );
    await this.#each(teams, 'group push', async (team) => {
      const known = await this.http.find(groups.match(team));
      const id = known?.id ?? (await groups.create(this.http, team, this.ids));
      if (id) this.ids.set(team.key, id);
    });
  }

  /** Runs one cycle: new users, changed users, deactivated, deleted and reactivated users, and changed groups. */
  async #cycle(n: number): Promise<void> {
    const { tenant, plan } = this;
    const phase = `cycle ${n} of ${plan.cycles}`;
    const share = (part: number) => Math.max(1, Math.floor(plan.users * part));
    const present = tenant.people.filter(({ key }) => !this.#gone.has(key));
    await this.#join(share(0.02), phase);
    const moves = tenant.random.some(present, share(0.05)).map((person) => ({ person, change: tenant.change(person) }));
    await this.#each(moves, phase, (move) => this.#move(move));
    await this.#each(tenant.random.some(present, share(0.03)), phase, (person) => this.#toggle(person));
    if (this.dialect.deletes) {
      const gone = present.filter(({ active }) => !active).slice(0, share(0.01));
      await this.#each(gone, phase, (person) => this.#leave(person));
    }
    const changes = tenant.teams.map((team) => this.#planTeam(team));
    await this.#each(changes, phase, (change) => this.#changeTeam(change));
  }

  async #move({ person, change }: { person: Person; change: Partial<Person> }): Promise<void> {
    const { title, department, familyName, phone } = { ...person, ...change };
    person.title = title;
    person.department = department;
    person.familyName = familyName;
    person.phone = phone;
    await this.dialect.update(this.http, this.#idOf(person), person, change);
  }

  async #toggle(person: Person): Promise<void> {
    person.active = !person.active;
    await this.dialect.setActive(this.http, this.#idOf(person), person);
  }

  async #leave(person: Person): Promise<void> {
    this.#gone.add(person.key);
    for (const { members } of this.tenant.teams) members.delete(person.key);
    await this.http.send('DELETE', `/Users/${this.#idOf(person)}`, undefined, [204]);
  }

  #planTeam(team: Team): TeamChange {
    const { random, people } = this.tenant;
    const outside = people.filter(({ key }) => !team.members.has(key) && !this.#gone.has(key) && this.ids.has(key));
    const renamed = random.next() < 0.3 ? `${team.name.replace(/ renamed.*/, '')} renamed ${random.below(1000)}` : null;
    return {
      team,
      removed: random.some([...team.members], 2),
      added: random.some(outside, 3).map(({ key }) => key),
      renamed,
    };
  }

  async #changeTeam({ team, removed, added, renamed }: TeamChange): Promise<void> {
    const { groups } = this.dialect;
    const id = this.ids.get(team.key);
    if (!groups || !id) return;
    for (const key of removed) team.members.delete(key);
    if (removed.length > 0) await groups.remove(this.http, id, team, removed, this.ids);
    for (const key of added) team.members.add(key);
    if (added.length > 0) await groups.add(this.http, id, team, added, this.ids);
    if (renamed === null) return;
    team.name = renamed;
    await groups.rename(this.http, id, team, this.ids);
  }

  /** Returns true if the IdP has provisioned the user and not deleted it. */
  isPresent({ key }: { key: string }): boolean {
    return this.ids.has(key) && !this.#gone.has(key);
  }

  #idOf({ key }: { key: string }): string {
    return this.ids.get(key) ?? 'never-created';
  }

  /** Reads all resources, as an import would, and compares them with the state that was sent. */
  async #verify(): Promise<string[]> {
    const shown = await this.#readUsers();
    const differences: string[] = [];
    for (const person of this.tenant.people) {
      const id = this.#idOf(person);
      const found = shown.get(id);
      if (this.#gone.has(person.key)) {
        if (found) differences.push(`${person.userName} was deleted but is still listed.`);
      } else if (!found) differences.push(`${person.userName} is missing.`);
      else differences.push(...differing(person, found));
      shown.delete(id);
    }
    const ours = [...shown.values()].filter(({ userName }) => String(userName).endsWith(`@${this.plan.domain}`));
    differences.push(...ours.map(({ userName }) => `${userName} is listed but was never created.`));
    await this.#each(this.dialect.groups ? this.tenant.teams : [], 'verify', async (team) => {
      differences.push(...(await this.#verifyTeam(team)));
    });
    return differences;
  }

  async #readUsers(): Promise<Map<string, Record<string, unknown>>> {
    const shown = new Map<string, Record<string, unknown>>();
    for (let start = 1; ; ) {
      const { body } = await this.http.send('GET', `/Users?startIndex=${start}&count=100`);
      const page: Record<string, unknown>[] = body?.Resources ?? [];
      for (const user of page) shown.set(String(user.id), user);
      start += page.length;
      this.#done += page.length;
      this.onStep(Math.min(this.#done, this.#total), this.#total, 'verify');
      if (page.length === 0 || start > (body?.totalResults ?? 0)) return shown;
    }
  }

  async #verifyTeam(team: Team): Promise<string[]> {
    const { body } = await this.http.send('GET', `/Groups/${this.#idOf(team)}`);
    const shown = new Set<string>((body?.members ?? []).map(({ value }: { value: string }) => value));
    const believed = new Set([...team.members].map((key) => this.#idOf({ key })));
    const missing = [...believed].filter((id) => !shown.has(id)).length;
    const extra = [...shown].filter((id) => !believed.has(id)).length;
    return [
      ...(body?.displayName === team.name ? [] : [`The group "${team.name}" is called "${body?.displayName}".`]),
      ...(missing > 0 ? [`The group "${team.name}" lacks ${missing} members.`] : []),
      ...(extra > 0 ? [`The group "${team.name}" has ${extra} unexpected members.`] : []),
    ];
  }
}

// biome-ignore lint/suspicious/noExplicitAny: another server's resource.
function differing(person: Person, found: any): string[] {
  const expected: [string, unknown, unknown][] = [
    ['userName', person.userName, found.userName],
    ['active', person.active, found.active],
    ['familyName', person.familyName, found.name?.familyName],
    ['givenName', person.givenName, found.name?.givenName],
    ['displayName', `${person.givenName} ${person.familyName}`, found.displayName],
    ['title', person.title, found.title],
    ['department', person.department, found[enterprise]?.department],
    ['email', person.email, found.emails?.find(({ type }: { type: string }) => type === 'work')?.value],
    ['phone', person.phone, found.phoneNumbers?.find(({ type }: { type: string }) => type === 'work')?.value ?? null],
    ['externalId', person.key, found.externalId],
  ];
  return expected
    .filter(([, believed, shown]) => believed !== shown)
    .map(
      ([name, believed, shown]) =>
        `${person.userName}: ${name} is ${JSON.stringify(shown)}, not ${JSON.stringify(believed)}.`,
    );
}
