/** A share that the transfer made, or was about to make, on the source. */
export interface ShareRecord {
  readonly sourceId: string;
  /** Missing: the share was announced, and whether it was made is not known. */
  readonly permissionId?: string;
  /** Epoch milliseconds. */
  readonly madeAt?: number;
  /** When it ends by itself, epoch milliseconds; missing where it does not, or that is not known. */
  readonly expiresAt?: number;
}

/** The temporary shares of a transfer, and which transfers rely on a share. */
export interface LedgerShares {
  shares(): Promise<ShareRecord[]>;
  /** Records that a share is about to be made. Durable. */
  announceShare(sourceId: string): Promise<void>;
  /** Takes an announcement back: the share was refused. One that another worker has recorded meanwhile stays. */
  retractShare(sourceId: string): Promise<void>;
  /**
   * Records that it was made. The transfer counts as open until it is withdrawn, even if it has ended meanwhile.
   * @param expiresAt when it ends by itself, if it does; epoch milliseconds as `madeAt`
   */
  recordShare(sourceId: string, permissionId: string, madeAt: number, expiresAt?: number): Promise<void>;
  /** Whether another transfer to the same account shares this item now. */
  sharedByOthers(sourceId: string): Promise<boolean>;
  /** Gives up this transfer's claim on a share. @returns whether no claim is left, so that it is to be withdrawn */
  isLastUser(sourceId: string): Promise<boolean>;
  forgetShare(sourceId: string, withdrawn: boolean): Promise<void>;
}
