/** A thousand item ids in JSON take half of it; nothing here needs more. */
export const BODY_LIMIT_BYTES = 100 * 1024;
