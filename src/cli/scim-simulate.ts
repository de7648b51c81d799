import { SingleBar } from 'cli-progress';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type DialectName, dialects } from '../simulator/dialects/index.js';
import { Http } from '../simulator/http.js';
import { Simulation, TestConnectionFailed } from '../simulator/simulation.js';
import { printSummary, summaryOf } from '../simulator/summary.js';

interface Options {
  provider: DialectName;
  users: number;
  base: string;
  token: string;
  seed: number;
  cycles: number;
  concurrency: number;
  json?: boolean;
}

const whole = (from: number) => (text: string) => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < from)
    throw new InvalidArgumentError(`The value must be a whole number, at least ${from}.`);
  return number;
};
const url = (text: string) => {
  if (!URL.canParse(text))
    throw new InvalidArgumentError('The value must be a URL, such as http://localhost:4000/scim/v2/01j...');
  return text;
};

/** Adds `rollcall scim-simulate`, which acts as an IdP of the given provider against any SCIM server. */
export function scimSimulate(program: Command): void {
  program
    .command('scim-simulate')
    .description(
      'Simulate an identity provider for a SCIM server: sync, change and deactivate users, push groups, and compare the results.',
    )
    .addOption(
      new Option('--provider <name>', 'identity provider to simulate')
        .choices(Object.keys(dialects))
        .makeOptionMandatory(),
    )
    .requiredOption('--base <url>', 'SCIM base URL of the connection', url)
    .requiredOption('--token <token>', 'SCIM token of the connection')
    .option('--users <n>', 'number of users to sync', whole(1), 100)
    .option('--cycles <n>', 'number of incremental cycles', whole(0), 3)
    .option('--seed <n>', 'seed of the generated users and changes', whole(0), 1)
    .option('--concurrency <n>', 'number of concurrent requests', whole(1), 4)
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  rollcall scim-simulate --provider entra --users 500 --base http://localhost:4000/scim/v2/01j... --token rc_scim_...\n\nExits with 1 if a response was unexpected or the directory differs from the data of the IdP.',
    )
    .action((options: Options) => simulate(options).catch(explain));
}

/** Prints one sentence if the server is unreachable or rejects the requests: this is not an internal error. */
function explain(error: unknown): void {
  const isRefusal = error instanceof TestConnectionFailed;
  const cause = error instanceof Error ? String(error.cause ?? error.message) : String(error);
  process.stderr.write(`${isRefusal ? error.message : `The server cannot be reached. Check --base. ${cause}`}\n`);
  process.exitCode = 1;
}

async function simulate({ provider, base, token, json, ...plan }: Options): Promise<void> {
  const dialect = dialects[provider];
  const http = new Http(base, token, { 'user-agent': dialect.userAgent });
  const bar = new SingleBar({
    format: `${dialect.name} {bar} {percentage}% {phase}`,
    stream: process.stderr,
    clearOnComplete: true,
  });
  const started = performance.now();
  bar.start(1, 0, { phase: 'test connection' });
  const domain = `${provider}-${plan.seed}.simulated.test`;
  const simulation = new Simulation(http, dialect, { ...plan, domain }, (done, of, phase) => {
    bar.setTotal(of);
    bar.update(done, { phase });
  });
  const findings = await simulation.run().finally(() => bar.stop());
  const summary = summaryOf(http, findings, (performance.now() - started) / 1000);
  process.stdout.write(`${json ? JSON.stringify(summary, null, 2) : printSummary(summary)}\n`);
  if (summary.unexpected.length + summary.differences.length > 0) process.exitCode = 1;
}
