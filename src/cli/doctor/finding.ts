/** What one check has found. */
export interface Finding {
  /** What was looked at. */
  check: string;
  state: 'ok' | 'warning' | 'broken';
  /** What is so. */
  says: string;
  /** What to do, where there is something to do. */
  mend?: string;
}

export const fine = (check: string, says: string): Finding => ({ check, state: 'ok', says });
export const doubtful = (check: string, says: string, mend: string): Finding => ({
  check,
  state: 'warning',
  says,
  mend,
});
export const broken = (check: string, says: string, mend: string): Finding => ({ check, state: 'broken', says, mend });
