import { readFileSync } from 'node:fs';

/**
 * Minimum limit of open files. Loading the program opens up to 300 files at once; PostgreSQL, webhooks and client
 * connections need more.
 */
const fewest = 384;

/** Ends the process with a message if the limit of open files is too low to load the program. */
export function requireOpenFiles() {
  const soft = /^Max open files\s+(\d+)/m.exec(limits())?.[1];
  if (soft === undefined || Number(soft) >= fewest) return;
  process.stderr.write(
    `Rollcall cannot start: this process may open ${soft} files (ulimit -n), and it needs at least ${fewest}. Raise the limit: ulimit -n 4096 in the shell, LimitNOFILE=4096 in the systemd unit, or --ulimit nofile=4096 with Docker.\n`,
  );
  process.exit(1);
}

function limits() {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // Not Linux.
    return '';
  }
}
