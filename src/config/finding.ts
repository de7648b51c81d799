/** Result of one check. */
export interface Finding {
  /** Name of the check. */
  check: string;
  state: 'ok' | 'warning' | 'broken';
  /** Description of the state. */
  description: string;
  /** Step that fixes the problem; absent if there is no problem. */
  fix?: string;
}

export const fine = (check: string, description: string): Finding => ({ check, state: 'ok', description });
export const doubtful = (check: string, description: string, fix: string): Finding => ({
  check,
  state: 'warning',
  description,
  fix,
});
export const broken = (check: string, description: string, fix: string): Finding => ({
  check,
  state: 'broken',
  description,
  fix,
});
