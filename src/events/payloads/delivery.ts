import { define } from './define.js';
import { dataOnly, erased, id, kept, nullable, number, text, time } from './field.js';

/** Events about consumers and webhook endpoints. */
export const deliveryEvents = {
  'consumer.lagging': define(
    {
      subjects: ['consumer'],
      state: null,
      description: 'A named consumer is half of the retention period behind. At most once a day.',
    },
    {
      id: dataOnly(kept(id('cons'), 'Id of the consumer.')),
      name: erased(text, 'Name that `createConsumer` received.'),
      lag: erased(number, 'Number of events that it has not acknowledged.'),
      since: erased(time, 'Time of the oldest of these events.'),
      lastError: dataOnly(erased(nullable(text), 'Null.')),
    },
  ),
  'webhook.failing': define(
    {
      subjects: ['webhook'],
      state: null,
      description: 'No delivery to a webhook endpoint has succeeded for `WEBHOOK_FAILING_HOURS`.',
    },
    {
      id: dataOnly(kept(id('hook'), 'Id of the webhook endpoint.')),
      url: erased(text, 'Scheme, host and port of its URL.'),
      since: erased(time, 'When deliveries began to fail.'),
      lastError: erased(nullable(text), 'Reason of the last failed attempt.'),
    },
  ),
};
