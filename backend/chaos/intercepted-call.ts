/** A request or command at a proxy, before it is forwarded or before its response is returned. */
export interface InterceptedCall {
  /** The kind of call, without ids: `google copy`, `redis WAITAOF`, `redis script states,ids`. */
  readonly name: string;
  readonly when: Moment;
}
export type Moment = 'before' | 'during' | 'after';

/**
 * The proxy awaits it for each call. `stop` means that the process was killed: the proxy forwards none of its calls and
 * returns no response until `open`.
 */
export type Interceptor = (call: InterceptedCall) => 'stop' | undefined | Promise<'stop' | undefined>;
