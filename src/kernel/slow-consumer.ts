import { PublicError } from './errors.js';

/** A subscriber has missed entries, because it reads more slowly than they are written. */
export class SlowConsumer extends PublicError {
  readonly code = 'SLOW_CONSUMER';
  constructor() {
    super(
      'The subscription ended because its messages were read too slowly. Subscribe again, and read what you missed with a query.',
    );
  }
}
