/**
 * Numbers by which the jobs of all accounts take turns (start-time fair queueing, Goyal, Vin and Cheng 1996). Each flow
 * numbers its jobs from the number that is being processed now, and jobs run in the order of their numbers. So a flow
 * with one job waits for at most one job of each other flow, however many those have.
 */
export abstract class TurnStore {
  /**
   * Reserves consecutive numbers for the next jobs of a flow.
   * @param flow for example an account's plans; never a secret
   * @returns the first number, 0 or more
   */
  abstract take(flow: string, jobs: number): Promise<number>;
  /** Records that a job with this number is being processed; flows without queued jobs continue from it. */
  abstract reach(turn: number): Promise<void>;
}
