import { SessionStore } from '../../src/session/session.port.js';
import { digest } from '../../src/session/token.js';
import type { Stack } from './stack.js';

/** Makes the sign-in of a token's session older by `ms`. */
export async function age(stack: Stack, token: string, ms: number): Promise<void> {
  const store = stack.app.get(SessionStore);
  const session = await store.find(digest(token));
  if (!session) throw new Error('There is no such session.');
  await store.save({ ...session, createdAt: session.createdAt - ms });
}
