/** A request that its client may repeat, identified by the client's key and its content. */
export interface KeyedRequest {
  /** Digest of the `Idempotency-Key` and its sender. */
  readonly key: string;
  /** Digest of the request; the same key with different content is refused. */
  readonly digest: string;
}

/** The state of a key. */
export type Claim =
  /** Not done yet, or the process that started it has died: the caller must do it, with this id. */
  | { readonly outcome: 'mine'; readonly id: string }
  /** Done, with this result (JSON) if one was recorded. */
  | { readonly outcome: 'done'; readonly id: string; readonly result?: string }
  /** Another request with this key is still being processed, or this process lacks the key of its result. */
  | { readonly outcome: 'under_way'; readonly id: string }
  /** The key belongs to a request with other content. */
  | { readonly outcome: 'conflict'; readonly id: string };

/**
 * Remembers the results of requests with an `Idempotency-Key` for 24 hours. Every method throws StoreUnavailableError
 * if the store cannot be reached.
 */
export abstract class IdempotencyStore {
  /**
   * Claims a key for a request. Records the id before anything is done, so that a repeated request after a crash uses
   * the same id.
   * @param newId creates the id; not called if the key has one
   * @param leaseMs how long other requests get "in progress"; then one of them takes over
   */
  abstract claim(request: KeyedRequest, newId: () => Promise<string> | string, leaseMs: number): Promise<Claim>;

  /** Records the result of a request (JSON) for repeated ones. It may contain secrets, so it is stored encrypted. */
  abstract settle(request: KeyedRequest, id: string, result: string): Promise<void>;

  /**
   * Ends a claim without a result.
   * @param nothingDone true: the key is free again, for other content too; false: a repeated request uses the same id
   */
  abstract release(request: KeyedRequest, id: string, nothingDone: boolean): Promise<void>;
}
