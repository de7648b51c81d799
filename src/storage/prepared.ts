const names = new Map<string, string>();
const seen = new Map<string, number>();
const frequent = 5;
const remembered = 256;
/** Maximum length of a remembered text. Only filters with very many values are longer. */
const longest = 20_000;

/** Returns the name of a statement with a constant text, under which each connection prepares it once. */
export function nameOf(text: string): string {
  const name = names.get(text) ?? `q${names.size}`;
  names.set(text, name);
  return name;
}

/**
 * Returns the name of a composed statement that is sent often; nothing for one that is planned each time. Lookups of IdPs
 * have a few different texts and run thousands of times a day. A filter that a user writes runs once.
 */
export const nameIfFrequent = (text: string): { name?: string } => (isFrequent(text) ? { name: nameOf(text) } : {});

function isFrequent(text: string): boolean {
  if (text.length > longest) return false;
  // The best index depends on the pattern.
  if (text.includes(' like $')) return false;
  const times = (seen.get(text) ?? 0) + 1;
  if (times === 1 && seen.size >= remembered) return false;
  seen.set(text, times);
  return times > frequent;
}
