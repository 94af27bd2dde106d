/**
 * Numbers by which the work of all accounts takes turns (start-time fair queueing, Goyal, Vin and Cheng 1996): each flow
 * of work counts its own jobs onwards from the number that is being worked on now. Jobs are taken in the order of their
 * numbers, so a flow with one job waits for one job of each other flow, however many those have.
 */
export abstract class TurnStore {
  /**
   * Numbers for the next jobs of a flow, one after the other.
   * @param flow such as an account's plans; never a secret
   * @returns the first of them, 0 or more
   */
  abstract take(flow: string, jobs: number): Promise<number>;
  /** A job with this number is being processed: flows without queued jobs continue from here. */
  abstract reach(turn: number): Promise<void>;
}
