import type { Action } from '../../access/policy.js';
import { noticeDays } from '../../directory/connections/monitoring/announce-once.js';
import { dayMs } from '../../kernel/durations.js';
import { once, type Sql, sql } from '../../storage/sql.js';
import type { AttentionKind } from '../attention-kinds.js';

/** Where items of one kind come from. */
export interface AttentionSource {
  kind: AttentionKind;
  /** Action that a caller must be allowed to see the items. */
  action: Action;
  /** Rank of the severity as it is sorted: `0` is CRITICAL. Items that expire are ranked by the time that is left. */
  rank: '0' | '1' | '2' | 'by due time';
  /**
   * Selects `organization_id`, `subject_id`, `detail` (which makes the id of an item unique), `since`, `due_at` and
   * `count`. It reads an index that contains only rows that need attention.
   */
  rows: Sql;
  /** Expression over a row `s` of the source: the credential that expires, as an operator recognizes it. */
  credential?: Sql;
}

/** Fragments that the sources of one request share. */
export class SourceContext {
  readonly now: Sql;

  /** `within` returns the condition for the organization of the rows. */
  constructor(
    readonly time: Date,
    readonly within: (organizationId: Sql) => Sql,
  ) {
    this.now = once(time);
  }

  /** Returns the time a number of days from now. */
  inDays(days: number): Sql {
    return once(new Date(this.time.getTime() + days * dayMs));
  }

  /** Returns the condition for the events `e` of the last days. Its first part is that of the index. */
  ofEvents(type: Sql, days: number): Sql {
    return sql`e.type in ('connection.attention', 'connection.mass_change', 'domain.lapsed') and ${type}
      and e.occurred_at > ${this.inDays(-days)} and ${this.within(sql`e.organization_id`)}`;
  }

  /** Returns the condition for the announcements `a` of a kind. */
  announced(kind: string): Sql {
    return sql`a.condition >= ${`${kind} `} and a.condition < ${`${kind}!`}
      and ${this.within(sql`a.organization_id`)}`;
  }

  /** Returns the condition for what expires within `noticeDays`, or expired within `expired` days. */
  expires(column: Sql, expired: number): Sql {
    return sql`${column} is not null and ${column} > ${this.inDays(-expired)} and ${column} <= ${this.inDays(noticeDays)}`;
  }
}

/** The connection of an announcement `a`. */
export const ofConnection = sql`join connections c on c.organization_id = a.organization_id
  and c.id = a.connection_id and c.state = 'ACTIVE'`;
