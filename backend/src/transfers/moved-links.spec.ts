import { MODULE_METADATA } from '@nestjs/common/constants.js';
import type { FastifyReply } from 'fastify';
import { MovedLinksController, MovedLinksModule } from './moved-links.js';

const redirectOf = (id: string) => {
  const redirected: unknown[] = [];
  const reply = { redirect: (...to: unknown[]) => redirected.push(...to) } as unknown as FastifyReply;
  new MovedLinksController({ portalUrl: 'https://mover.example' }).open(id, reply);
  return redirected;
};

it.each([
  ['1AbCdEfGhIjKlMnOpQrStUvWxYz012345', '1AbCdEfGhIjKlMnOpQrStUvWxYz012345'],
  ['no id', 'no+id'],
  ['//evil.example', '%2F%2Fevil.example'],
  ['x&token=y', 'x%26token%3Dy'],
  ['a\r\nset-cookie: b', 'a%0D%0Aset-cookie%3A+b'],
])('redirects %j to the portal’s page', (id, written) => {
  expect(redirectOf(id)).toEqual([`https://mover.example/moved?id=${written}`, 302]);
});

it('can read nothing about transfers: it depends on the configuration alone', () => {
  expect(MovedLinksController).toHaveLength(1);
  expect(Reflect.getMetadata(MODULE_METADATA.PROVIDERS, MovedLinksModule)).toBeUndefined();
  expect(Reflect.getMetadata(MODULE_METADATA.IMPORTS, MovedLinksModule)).toBeUndefined();
});
