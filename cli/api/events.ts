/** A server-sent event (HTML standard, "Server-sent events"). */
export interface ServerEvent {
  event: string;
  data: string;
}

/** The events of a stream. An event that the end of the stream cuts off is dropped, as the standard asks. */
export async function* eventsIn(stream: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
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
        if (data.length > 0) yield { event, data: data.join('\n') };
        [event, data] = ['message', []];
      } else if (field === 'event') event = value;
      else if (field === 'data') data.push(value);
    }
  }
}
