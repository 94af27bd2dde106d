/** An event of a stream, as the API describes it. */
interface DescribedEvent {
  event: string;
  data: unknown;
}

/**
 * The events of a stream of server-sent events (HTML standard, "Server-sent events"), with their parsed data. An event
 * that the end of the stream cuts off is dropped, as the standard asks.
 * @typeParam Event the events that the API describes for the stream
 * @throws SyntaxError if data is not JSON
 */
export async function* eventsIn<Event extends DescribedEvent>(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Event> {
  const decoder = new TextDecoder();
  let rest = '';
  let event = 'message';
  let data: string[] = [];
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.map((each) => each.replace(/\r$/, ''))) {
      const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (line === '') {
        const text = data.join('\n');
        if (data.length > 0) yield { event, data: text && (JSON.parse(text) as unknown) } as Event;
        [event, data] = ['message', []];
      } else if (field === 'event') event = value;
      else if (field === 'data') data.push(value);
    }
  }
}
