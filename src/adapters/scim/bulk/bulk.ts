import type { Json } from '../../../kernel/json.js';
import { errorBody, MethodNotAllowed, ScimError, scimAnswer } from '../http/errors.js';
import type { ScimRequest, ScimResponse } from '../http/request.js';
import { routeOf } from '../http/resource-routes.js';
import { BulkWork } from '../patch/work.js';
import { type BulkOperation, parseBulk } from './parse-bulk.js';
import { groupCircles, referencesOf, resolved, split } from './references.js';

/** Result of one operation, as the BulkResponse contains it. */
type Outcome = Json & { status: string };

/**
 * Executes a bulk request (RFC 7644 section 3.7). Operations run in order, each in its own transaction. An operation
 * that references a later one waits for it. Users that reference each other, such as a manager and a report, are
 * created first and completed afterwards. Groups that would contain each other fail with 409, because a group cannot
 * contain itself.
 */
export async function bulk(request: ScimRequest): Promise<ScimResponse> {
  const { operations, failOnErrors } = parseBulk(request.body);
  const outcomes = await new BulkRun(request, operations, failOnErrors).run();
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'];
  const told = operations.flatMap((operation) => outcomes.get(operation) ?? []);
  return { status: 200, body: { schemas, Operations: told } };
}

const methods = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** Returns the error of an operation without a route: 405 if its path supports other methods, otherwise 404. */
function noRoute(method: string, path: string): ScimError {
  const others = methods.filter((other) => other !== method && routeOf(other, path));
  return others.length > 0 && !routeOf(method, path)
    ? new MethodNotAllowed(method, others.join(', '))
    : new ScimError(404, null, `${method} ${path.slice(0, 100)} is not a supported bulk operation.`);
}

class BulkRun {
  readonly #ids = new Map<string, string>();
  readonly #outcomes = new Map<BulkOperation, Outcome>();
  readonly #byId = new Map<string, BulkOperation>();
  readonly #circles: Set<BulkOperation>;
  readonly #work = new BulkWork();
  #errors = 0;

  constructor(
    readonly request: ScimRequest,
    readonly operations: readonly BulkOperation[],
    readonly failOnErrors: number,
  ) {
    this.#circles = groupCircles(operations);
    for (const operation of operations) {
      if (operation.bulkId && !this.#byId.has(operation.bulkId)) this.#byId.set(operation.bulkId, operation);
    }
  }

  async run(): Promise<Map<BulkOperation, Outcome>> {
    let waiting = [...this.operations];
    const unfinished: { operation: BulkOperation; later: Json[] }[] = [];
    while (waiting.length > 0 && this.#errors < this.failOnErrors) {
      const before = waiting.length;
      waiting = await this.#pass(waiting);
      if (waiting.length < before) continue;
      // All remaining operations wait for each other: one is executed without its unresolved references.
      const start = waiting.find(({ method, path }) => method === 'POST' && /^\/users\/?$/i.test(path)) ?? waiting[0];
      if (!start) break;
      waiting = waiting.filter((operation) => operation !== start);
      const { now, later } = split(resolved(start.data, this.#ids));
      await this.#execute({ ...start, data: now }, start);
      unfinished.push({ operation: start, later });
    }
    for (const { operation, later } of unfinished) await this.#complete(operation, later);
    return this.#outcomes;
  }

  /** Executes the operations whose references are resolved, in order, and returns the others. */
  async #pass(waiting: readonly BulkOperation[]): Promise<BulkOperation[]> {
    const left: BulkOperation[] = [];
    for (const [n, operation] of waiting.entries()) {
      if (this.#errors >= this.failOnErrors) return [...left, ...waiting.slice(n)];
      const fault = this.#faultOf(operation);
      if (fault) this.#fail(operation, fault);
      else if ([...referencesOf(operation)].every((id) => this.#ids.has(id))) await this.#execute(operation, operation);
      else left.push(operation);
    }
    return left;
  }

  /** Returns the error of an operation that can never be executed; null if it can be executed now or later. */
  #faultOf(operation: BulkOperation): ScimError | null {
    const { method, bulkId, path, version } = operation;
    if (!methods.includes(method))
      return new ScimError(
        400,
        'invalidSyntax',
        'The "method" of a bulk operation must be POST, PUT, PATCH or DELETE.',
      );
    if (!path.startsWith('/') || !/^\/(users|groups)(\/|$)/i.test(path))
      return new ScimError(400, 'invalidPath', 'The "path" of a bulk operation must start with /Users or /Groups.');
    if (method === 'POST' && bulkId === null)
      return new ScimError(400, 'invalidValue', 'A POST in a bulk request must have a "bulkId".');
    if (version !== undefined && typeof version !== 'string')
      return new ScimError(400, 'invalidValue', 'The "version" of a bulk operation must be an ETag in a string.');
    if (bulkId !== null && this.#byId.get(bulkId) !== operation)
      return new ScimError(400, 'invalidValue', `The bulkId "${bulkId.slice(0, 100)}" is used twice.`);
    if (this.#circles.has(operation))
      return new ScimError(
        409,
        null,
        'These groups would be members of each other. A group cannot be a member of itself, directly or through other groups.',
      );
    for (const id of referencesOf(operation)) {
      const target = this.#byId.get(id);
      if (!target)
        return new ScimError(
          400,
          'invalidValue',
          `An operation with the bulkId "${id.slice(0, 100)}" was not found in this request.`,
        );
      const outcome = this.#outcomes.get(target);
      if (outcome && !this.#ids.has(id))
        return new ScimError(
          409,
          null,
          `The operation "${id.slice(0, 100)}", which this operation references, has failed.`,
        );
    }
    return null;
  }

  async #execute({ method, data, path, version }: BulkOperation, told: BulkOperation): Promise<void> {
    const real = path
      .split('/')
      .map((segment) => String(resolved(segment, this.#ids)))
      .join('/');
    const route = routeOf(method, real);
    if (!route || route.id === '.search') return this.#fail(told, noRoute(method, path));
    try {
      const body = resolved(data, this.#ids);
      const { id } = route;
      const answer = await route.handle({
        ...this.request,
        query: {},
        body,
        id,
        ifMatch: typeof version === 'string' && version !== '' ? version : undefined,
        ifNoneMatch: undefined,
        bulkWork: this.#work,
      });
      this.#succeed(told, answer, `${this.request.base.url}${real.replace(/\/+$/, '')}`);
    } catch (error) {
      this.#fail(told, error);
    }
  }

  #succeed(operation: BulkOperation, { status, headers = {} }: ScimResponse, place: string): void {
    const { method, bulkId } = operation;
    const location = headers.location ?? place;
    const id = location.slice(location.lastIndexOf('/') + 1);
    if (bulkId) this.#ids.set(bulkId, id);
    const about = { method, ...(bulkId && { bulkId }), location, ...(headers.etag && { version: headers.etag }) };
    this.#outcomes.set(operation, { ...about, status: String(status) });
  }

  #fail(operation: BulkOperation, error: unknown): void {
    const known = scimAnswer(error);
    if (!known) this.request.report(error);
    const answer = known ?? { status: 500, detail: 'Internal error in this operation.' };
    const { method, bulkId, path } = operation;
    const location = method === 'POST' ? {} : { location: `${this.request.base.url}${path}` };
    this.#errors++;
    const about = { method, ...(bulkId && { bulkId }), ...location };
    this.#outcomes.set(operation, { ...about, status: String(answer.status), response: errorBody(answer) });
  }

  /** Adds the references that an operation was executed without, after all resources exist. */
  async #complete(operation: BulkOperation, later: readonly Json[]): Promise<void> {
    const id = operation.bulkId && this.#ids.get(operation.bulkId);
    const made = this.#outcomes.get(operation);
    if (!id || !made || later.length === 0) return;
    const Operations = later.map((value) => ({ op: 'add', value: resolved(value, this.#ids) }));
    await this.#execute(
      { ...operation, method: 'PATCH', path: `${operation.path}/${id}`, data: { Operations } },
      operation,
    );
    const completed = this.#outcomes.get(operation);
    // The caller sees one creation, with the final version.
    if (completed && !completed.response) this.#outcomes.set(operation, { ...made, version: completed.version });
  }
}
