import { lookup } from 'node:dns/promises';
import type { Command } from 'commander';
import pc from 'picocolors';
import { broken, type Finding, fine } from '../../config/finding.js';
import { exitCodes } from '../api.js';
import { checkDns, checkNats, checkPort, type Lookup } from '../doctor/check-network.js';
import { checkDirectory, checkSettings } from '../doctor/check-settings.js';
import { environment } from '../environment.js';

/** External dependencies of the doctor. Tests replace them. */
export interface Outside {
  environment: Record<string, string | undefined>;
  now: () => Date;
  lookup: Lookup;
  nodeVersion: string;
}

/** Checks everything that a server needs. Changes nothing. */
export async function examine({ environment: given, now, lookup: find, nodeVersion }: Outside): Promise<Finding[]> {
  const { config, findings } = checkSettings(given);
  const node = checkNode(nodeVersion);
  if (!config) return [node, ...findings, ...(await checkDns(find))];
  const { checkDatabase } = await import('../doctor/check-database.js');
  const directory = checkDirectory(config);
  const database = directory.length > 0 ? [] : await checkDatabase(config, now);
  const network = [...(await checkPort(config)), ...(await checkNats(config)), ...(await checkDns(find))];
  return [node, ...findings, ...directory, ...database, ...network];
}

function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isGood = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (isGood) return fine('Node', version);
  return broken('Node', `${version} is too old.`, 'Use Node 20.19 or later of 20, or 22.12 or later.');
}

/** Adds `rollcall doctor`. */
export function doctor(program: Command): void {
  program
    .command('doctor')
    .description('Check settings, database, clock, port and DNS, and print how to fix each problem. Changes nothing.')
    .option('--json', 'print the results as JSON')
    .addHelpText('after', '\nExample:\n  rollcall doctor\n\nExits with 1 if a check finds an error.')
    .action(async ({ json }: { json?: boolean }) => {
      const outside = { environment: environment(), now: () => new Date(), lookup, nodeVersion: process.version };
      const findings = await examine(outside);
      if (json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
      else for (const finding of findings) process.stdout.write(`${lineOf(finding)}\n`);
      if (findings.some(({ state }) => state === 'broken')) process.exitCode = exitCodes.failed;
    });
}

const marks = { ok: pc.green('ok     '), warning: pc.yellow('warning'), broken: pc.red('broken ') };

function lineOf({ check, state, description, fix }: Finding): string {
  const line = `${marks[state]}  ${pc.bold(check)}: ${description}`;
  return fix ? `${line}\n         ${pc.cyan(fix)}` : line;
}
