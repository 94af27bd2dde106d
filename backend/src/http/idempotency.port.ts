/** A request that its client may send again: by the key that the client gave it, and by its content. */
export interface KeyedRequest {
  /** Digest of the `Idempotency-Key` and of who sent it. */
  readonly key: string;
  /** Digest of the request: the same key with different content is refused. */
  readonly digest: string;
}

/** What a key stands for. */
export type Claim =
  /** Not done yet, or the process that began has died: the caller does it, under this id. */
  | { readonly outcome: 'mine'; readonly id: string }
  /** It was done, with this result (JSON), where one was recorded. */
  | { readonly outcome: 'done'; readonly id: string; readonly result?: string }
  /** Another request with this key is still being processed. */
  | { readonly outcome: 'under_way'; readonly id: string }
  /** The key belongs to another content. */
  | { readonly outcome: 'conflict'; readonly id: string };

/**
 * Remembers for 24 hours what the requests with an `Idempotency-Key` did. Every method throws StoreUnavailableError when
 * the store cannot be reached.
 */
export abstract class IdempotencyStore {
  /**
   * Takes a key for a request. The id is recorded with it before anything is done, so that a repetition after a crash
   * uses the same one.
   * @param newId makes the id of what is to be created; not called when the key has one
   * @param leaseMs how long other requests are reported as in progress; then one of them takes over
   */
  abstract claim(request: KeyedRequest, newId: () => Promise<string> | string, leaseMs: number): Promise<Claim>;

  /** Records the result of a request (JSON) for its repetitions. It may hold secrets: it is kept encrypted. */
  abstract settle(request: KeyedRequest, id: string, result: string): Promise<void>;

  /**
   * Ends a claim without a result.
   * @param nothingDone true: the key is free again, for another content as well; false: a repetition uses the same id
   */
  abstract release(request: KeyedRequest, id: string, nothingDone: boolean): Promise<void>;
}
