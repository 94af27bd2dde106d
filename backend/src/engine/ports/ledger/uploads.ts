/** Addresses of uploads under way, with which another process resumes them. A credential: kept encrypted. */
export interface LedgerUploads {
  keepUpload(ordinal: number, address: string): Promise<void>;
  upload(ordinal: number): Promise<string | undefined>;
  /** Of all items that have one. */
  uploads(): Promise<{ ordinal: number; address: string }[]>;
  dropUpload(ordinal: number): Promise<void>;
}
