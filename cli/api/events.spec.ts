import { eventsIn } from './events.ts';

it('reads events that arrive in pieces, with the line ends of Windows, and drops one that is cut off', async () => {
  const text =
    ': hello\r\n\r\nevent: transfer\r\nid: 4\r\ndata: {"a":\r\ndata: "ü"}\r\n\r\nevent: transfer\ndata: {}\n';
  const bytes = new TextEncoder().encode(text);
  const pieces = async function* () {
    for (const byte of bytes) yield Uint8Array.of(byte);
  };
  expect(await Array.fromAsync(eventsIn(pieces()))).toEqual([{ event: 'transfer', data: { a: 'ü' } }]);
});
