/**
 * Google's quota units by kind of request ("Usage limits"): creating and copying count as edits, all others as a get.
 */
export const QUOTA_UNITS = { get: 5, list: 100, download: 200, edit: 50 } as const;
