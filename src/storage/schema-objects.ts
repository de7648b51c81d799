/** Table of the event log. Its rows are only inserted, never changed. */
export const logTable = 'events';

/** Rights that only a start uses, after it has granted them. A running server works without them. */
export const onlyAtStart = [
  'event_log.insert',
  'event_log.delete',
  'key_checks.select',
  'key_checks.insert',
  'key_checks.update',
  'key_checks.delete',
];

export const sequences = ['event_seq'];

/** Functions that delete events or remove personal data from them. Only the server can call them. */
export const logFunctions = ['prune_events', 'scrub_events', 'scrub_organization'];

/** Functions that run with the rights of their owner. */
export const ownerFunctions = [...logFunctions, 'refresh_statistics'];
