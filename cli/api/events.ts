import { createParser } from 'eventsource-parser';

/** An event of a stream, as the API describes it. */
interface DescribedEvent {
  event: string;
  data: unknown;
}

/**
 * The events of a stream of server-sent events (HTML standard, "Server-sent events"), with their parsed data, or '' for
 * an event without, such as a heartbeat. An event that the end of the stream cuts off is dropped, as the standard asks.
 * @typeParam Event the events that the API describes for the stream
 * @throws SyntaxError if data is not JSON
 */
export async function* eventsIn<Event extends DescribedEvent>(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Event> {
  const decoder = new TextDecoder();
  let events: Event[] = [];
  const parser = createParser({
    onEvent: ({ event = 'message', data }) =>
      events.push({ event, data: data === '' ? data : (JSON.parse(data) as unknown) } as Event),
  });
  for await (const chunk of stream) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* events;
    events = [];
  }
}
