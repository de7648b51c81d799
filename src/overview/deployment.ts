import { createRequire } from 'node:module';
import { authorize } from '../access/authorize.js';
import type { Principal } from '../access/principal.js';
import type { Store } from '../access/store.js';
import type { Config } from '../config/config.js';
import { judgeSettings } from '../config/judge-settings.js';
import { Unavailable } from '../kernel/errors.js';
import { AccessLost } from '../storage/access-lost.js';
import { checkReady } from '../storage/readiness.js';
import { sql } from '../storage/sql.js';
import type { Severity } from './attention-kinds.js';

/** Problem of the deployment, with the step that fixes it. */
export interface DeploymentFinding {
  /** Name of the check, as `rollcall doctor` prints it. */
  code: string;
  severity: Severity;
  message: string;
  fix: string | null;
}

/** Facts that the server knows at its start. */
export interface ServerFacts {
  version: string;
  eventRetentionDays: number;
  eventCeilingDays: number;
  findings: DeploymentFinding[];
}

export interface DeploymentFacts extends ServerFacts {
  database: string;
}

/** Returns the facts of a server with these settings. */
export const serverFacts = (config: Config): ServerFacts => ({
  version: createRequire(import.meta.url)('rollcall/package.json').version,
  eventRetentionDays: config.EVENT_RETENTION_DAYS,
  eventCeilingDays: config.EVENT_CEILING_DAYS,
  findings: judgeSettings(config).flatMap(({ check, state, description, fix = null }) =>
    state === 'ok'
      ? []
      : { code: check, severity: state === 'broken' ? 'CRITICAL' : 'WARNING', message: description, fix },
  ),
});

/** Returns the facts of the server and of its database, with current problems. @throws Forbidden */
export async function deploymentOf(
  { database, bus }: Pick<Store, 'database' | 'bus'>,
  principal: Principal,
  facts: ServerFacts,
): Promise<DeploymentFacts> {
  authorize({ principal }, 'deployment.read');
  const [server] = await database.query<{ version: string }>(sql`select current_setting('server_version') as version`);
  const current: DeploymentFinding[] = [];
  try {
    await checkReady(database);
  } catch (error) {
    if (!(error instanceof AccessLost || error instanceof Unavailable)) throw error;
    current.push({ code: 'database', severity: 'CRITICAL', message: error.message, fix: null });
  }
  if (bus.state.endsWith('down'))
    current.push({
      code: 'bus',
      severity: 'WARNING',
      message: `The message bus is not connected (${bus.state}). Changes of other nodes arrive up to one second later.`,
      fix: null,
    });
  const product = database.engine.embedded ? 'PGlite (embedded), PostgreSQL' : 'PostgreSQL';
  return { ...facts, database: `${product} ${server?.version}`, findings: [...facts.findings, ...current] };
}
