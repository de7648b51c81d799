/** The one table whose rows are only added: its rows are the event log. */
export const logTable = 'events';

/** Rights that only a start uses, after it has granted them: a running server reads and writes without them. */
export const onlyAtStart = [
  'event_log.insert',
  'event_log.delete',
  'key_checks.select',
  'key_checks.insert',
  'key_checks.update',
  'key_checks.delete',
];

export const sequences = ['event_seq'];

/** Functions that delete or scrub events, for the rules that require it. Only the server may call them. */
export const logFunctions = ['prune_events', 'scrub_events', 'scrub_organization'];

/** Functions that work with the rights of their owner. */
export const ownerFunctions = [...logFunctions, 'refresh_statistics'];
