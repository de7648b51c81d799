/** Result of one check. */
export interface Finding {
  /** Name of the check. */
  check: string;
  state: 'ok' | 'warning' | 'broken';
  /** Description of the state. */
  says: string;
  /** How to fix the problem, if there is one. */
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
