/** A request or command on its way: before it is forwarded, or after it was answered and before its sender knows. */
export interface Crossing {
  /** `google copy`, `redis WAITAOF`, `redis script states,ids`: what it does, without what it does it to. */
  readonly name: string;
  readonly when: Moment;
}
export type Moment = 'before' | 'amid' | 'after';

/**
 * Called, and awaited, at each crossing. `stop`: the process at this end was killed; nothing that it sent is forwarded,
 * and no response reaches it, until the proxy is opened again.
 */
export type Guard = (crossing: Crossing) => 'stop' | undefined | Promise<'stop' | undefined>;
