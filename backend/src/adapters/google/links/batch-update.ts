/** A request of a `batchUpdate` of Docs, Sheets or Slides. */
export type BatchRequest = Readonly<Record<string, object>>;

/** Requests in one call. Google states no limit; this keeps a call below two megabytes. */
export const MAX_REQUESTS = 6_000;

/**
 * The body of a `batchUpdate` of Docs or Slides. Google refuses it with 400 if the document has changed since the revision
 * (reference of `WriteControl`), so that nothing is written at wrong indexes.
 * @param revisionId of the document that was read; for each further batch `writeControl.requiredRevisionId` of the response
 */
export const guardedUpdate = (requests: readonly BatchRequest[], revisionId: string) => ({
  requests,
  writeControl: { requiredRevisionId: revisionId },
});

/** The address of a spreadsheet of which Google states only the id. */
export const spreadsheetAddress = (id: string): string => `https://docs.google.com/spreadsheets/d/${id}`;
