import type { Client, ClientBase, QueryConfig, QueryResult } from 'pg';
import type { DataSource } from 'typeorm';
import { Unavailable } from '../kernel/errors.js';
import { isAccessLost } from './access-lost.js';
import { isOutdated } from './conflict.js';
import type { DiskGuard } from './disk-guard.js';
import { codeOf } from './error-code.js';
import { errorOf, Session } from './session.js';
import { type Sql, sql } from './sql.js';
import { endsSession, isSilent } from './unavailable.js';

/** Pattern of statements that end a transaction. They must also run on a full disk. */
const isEnd = /^(commit|rollback)/;
const isRead = /^\s*select\b/;

const ignore = () => {};

/** Reactions to errors that concern more than one session. */
interface Reactions {
  /** Guard of the embedded database; null for PostgreSQL. */
  disk: DiskGuard | null;
  distrust: () => void;
  refusal: (error: unknown) => void;
}

/**
 * Session on one connection, for a transaction. PostgreSQL receives statements that were held and the next one
 * together, in one round trip. The embedded database receives one statement at a time.
 */
export class ClientSession extends Session {
  protected override readonly isTransaction = true;
  /** True after an error that leaves the session in an unknown state. Further statements fail immediately. */
  isLost = false;
  /**
   * True after a statement exceeded its time limit. Its plan may date from the time when the tables were small. The
   * connection is closed afterwards, and with it the plans that it keeps.
   */
  isSlow = false;
  #held: { isRead: boolean; send: () => void; drop: () => void }[] = [];
  /** True until the first statement of the transaction is sent. BEGIN is sent with it. */
  #isBeginDue = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    dataSource: DataSource,
    readonly client: ClientBase,
    readonly on: Reactions,
  ) {
    super(dataSource);
  }

  /** Starts a transaction with the next statement. */
  begin(): void {
    this.#isBeginDue = true;
  }

  /** Commits the transaction, with the next statement or with `flush`. Sends nothing if no statement was sent. */
  async commit(): Promise<void> {
    if (this.#isBeginDue) this.#isBeginDue = false;
    else await this.hold(sql`commit`);
  }

  /** Ends the transaction without its changes. Sends nothing if no statement was sent. */
  async rollback(): Promise<void> {
    this.drop();
    if (this.#isBeginDue) this.#isBeginDue = false;
    else await this.query(sql`rollback`);
  }

  override hold(statement: Sql): Promise<void> {
    return new Promise((resolve, reject) => {
      const send = () => void this.query(statement).then(() => resolve(), reject);
      this.#held.push({ isRead: isRead.test(statement.texts[0] ?? ''), send, drop: resolve });
    });
  }

  override async flush(): Promise<void> {
    if (this.#held.length === 0) return;
    if (this.#isBeginDue) await this.#sendBegin();
    this.#sendHeld();
  }

  override drop(): void {
    for (const { drop } of this.#held.splice(0)) drop();
  }

  override async deliver(statement: QueryConfig): Promise<QueryResult> {
    if (!this.#isBeginDue) return this.#withHeld(statement);
    // If BEGIN failed, a write that was sent with it would be committed on its own.
    if (!isRead.test(statement.text) || !this.#held.every((held) => held.isRead)) {
      await this.#sendBegin();
      return this.#withHeld(statement);
    }
    const [begun, answer] = this.#together(() => [this.#sendBegin(), this.#withHeld(statement)]);
    answer.catch(ignore);
    await begun;
    return answer;
  }

  async #sendBegin(): Promise<void> {
    this.#isBeginDue = false;
    try {
      await this.#answer({ text: 'begin' });
    } catch (error) {
      this.isLost = true;
      throw errorOf(error);
    }
  }

  #withHeld(statement: QueryConfig): Promise<QueryResult> {
    if (this.#held.length === 0) return this.#answer(statement);
    return this.#together(() => {
      this.#sendHeld();
      return this.#answer(statement);
    });
  }

  #sendHeld(): void {
    for (const { send } of this.#held.splice(0)) send();
  }

  /** Sends all statements of `work` in one write to the socket. */
  #together<T>(work: () => T): T {
    const { stream } = (this.client as Client).connection;
    stream.cork();
    try {
      return work();
    } finally {
      stream.uncork();
    }
  }

  #answer(statement: QueryConfig): Promise<QueryResult> {
    if (!this.on.disk) return this.#send(statement);
    const answer = this.#last.then(() => this.#send(statement));
    this.#last = answer.catch(ignore);
    return answer;
  }

  async #send(statement: QueryConfig): Promise<QueryResult> {
    if (this.isLost) throw new Unavailable();
    const { disk, distrust, refusal } = this.on;
    try {
      if (disk && !isEnd.test(statement.text)) await disk.before(this.client, statement);
      return await this.client.query(statement);
    } catch (error) {
      this.isLost ||= endsSession(error);
      this.isSlow ||= codeOf(error) === '57014';
      if (isSilent(error) || isOutdated(error)) distrust();
      if (isAccessLost(error)) refusal(error);
      throw disk?.named(error) ?? error;
    }
  }
}
