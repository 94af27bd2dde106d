import { eventsIn } from './events.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

it('reads a heartbeat, whose data is no JSON', async () => {
  const stream = async function* () {
    yield bytesOf('event: transfer\ndata: {}\n\nevent: heartbeat\ndata: \n\n');
  };
  expect(await Array.fromAsync(eventsIn(stream()))).toEqual([
    { event: 'transfer', data: {} },
    { event: 'heartbeat', data: '' },
  ]);
});

it('reads events that arrive in pieces, with the line ends of Windows, and drops one that is cut off', async () => {
  const text =
    ': hello\r\n\r\nevent: transfer\r\nid: 4\r\ndata: {"a":\r\ndata: "ü"}\r\n\r\nevent: transfer\ndata: {}\n';
  const pieces = async function* () {
    for (const byte of bytesOf(text)) yield Uint8Array.of(byte);
  };
  expect(await Array.fromAsync(eventsIn(pieces()))).toEqual([{ event: 'transfer', data: { a: 'ü' } }]);
});
