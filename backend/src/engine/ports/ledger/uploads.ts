/**
 * URLs of uploads in progress, with which another process can resume them. They work like passwords, so they are stored
 * encrypted.
 */
export interface LedgerUploads {
  keepUpload(ordinal: number, address: string): Promise<void>;
  upload(ordinal: number): Promise<string | undefined>;
  /** The URLs of all items that have one, by ordinal. */
  uploads(): Promise<{ ordinal: number; address: string }[]>;
  dropUpload(ordinal: number): Promise<void>;
}
