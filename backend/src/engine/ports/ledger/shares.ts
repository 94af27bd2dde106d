/** A temporary share that the transfer made, or was about to make, in the source. */
export interface ShareRecord {
  readonly sourceId: string;
  /** Missing if the share was announced and it is not known whether it was made. */
  readonly permissionId?: string;
  /** Epoch milliseconds. */
  readonly madeAt?: number;
  /** When it expires, epoch milliseconds; missing if it does not, or its expiry is not known. */
  readonly expiresAt?: number;
}

/** The temporary shares of a transfer, and which other transfers use them. */
export interface LedgerShares {
  shares(): Promise<ShareRecord[]>;
  /** The share of one item, if the transfer announced or made one. */
  share(sourceId: string): Promise<ShareRecord | undefined>;
  /** Records that a share is about to be made. Durable. */
  announceShare(sourceId: string): Promise<void>;
  /**
   * Removes an announcement, because the share was refused. Keeps it if another worker has recorded the share
   * meanwhile.
   */
  retractShare(sourceId: string): Promise<void>;
  /**
   * Records that a share was made. The transfer counts as open until the share is withdrawn, even if it has ended
   * meanwhile.
   * @param expiresAt when the share expires, if known; epoch milliseconds like `madeAt`
   */
  recordShare(sourceId: string, permissionId: string, madeAt: number, expiresAt?: number): Promise<void>;
  /**
   * Temporary shares with an account (address in lower case), of all transfers of the installation and including
   * announced ones, by transfer and item.
   */
  sharesWith(address: string): Promise<ReadonlyMap<string, ShareRecord>>;
  /** Whether another transfer to the same account uses a share of this item now. */
  sharedByOthers(sourceId: string): Promise<boolean>;
  /**
   * Gives up this transfer's claim on a share. @returns whether no claim is left, so the caller must withdraw the share
   */
  isLastUser(sourceId: string): Promise<boolean>;
  forgetShare(sourceId: string, withdrawn: boolean): Promise<void>;
}
