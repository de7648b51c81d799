import { adminKey } from './server.js';
import type { World } from './world.js';
import { type Anything, eventually } from './world.js';

/** One message of a stream of server-sent events, as received. */
export interface Message {
  id?: string;
  event?: string;
  data?: Anything;
}

/** Follows /graphql/stream like a client of server-sent events. */
export function stream(
  world: Pick<World, 'url'>,
  asked: { query: string; variables?: Record<string, unknown>; extensions?: Record<string, unknown> },
  { key = adminKey, lastEventId }: { key?: string; lastEventId?: string | undefined } = {},
) {
  const messages: Message[] = [];
  const stop = new AbortController();
  let status: number | undefined;
  let ended = false;
  const run = async () => {
    const answer = await fetch(`${world.url}/graphql/stream`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(lastEventId && { 'last-event-id': lastEventId }),
      },
      body: JSON.stringify(asked),
      signal: stop.signal,
    });
    status = answer.status;
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const message = parse(text.slice(0, end));
        if (message) messages.push(message);
        text = text.slice(end + 2);
      }
    }
  };
  const done = run()
    .catch(() => {
      // The stream was cut: `ended` is set below.
    })
    .finally(() => {
      ended = true;
    });
  return {
    messages,
    status: () => status,
    ended: () => ended,
    /** Returns the events of the messages, for any subscription field. */
    seen: () => messages.filter(({ data }) => data?.data).map(({ data }) => Object.values(data.data)[0] as Anything),
    until: (count: number) => eventually(() => messages.filter(({ data }) => data?.data).length >= count),
    stop: async () => {
      stop.abort();
      await done;
    },
  };
}

function parse(block: string): Message | null {
  const message: Message = {};
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field === 'data') message.data = value === '' ? null : JSON.parse(value);
    else if (field === 'id' || field === 'event') message[field] = value;
  }
  return Object.keys(message).length > 0 ? message : null;
}
