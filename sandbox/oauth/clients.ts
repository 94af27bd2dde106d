export interface OAuthClient {
  clientId: string;
  clientSecret: string;
  redirectUris: string[];
  /** Its consent screen is "External" and in "Testing": refresh tokens live seven days. */
  testing?: boolean;
  /**
   * Each use of a refresh token issues a replacement. The old one stays valid for this many seconds, in case the
   * response was lost. Google does not do so; other issuers do (RFC 9700, 4.14.2).
   */
  rotationGraceSeconds?: number;
  /** Why Google blocks the client; the error page shows the reason. */
  blocked?: Block;
}

/** Reasons to refuse a registered client with a valid redirect ("Authorization errors"). */
export const BLOCKS = ['admin_policy_enforced', 'org_internal', 'deleted_client'] as const;
export type Block = (typeof BLOCKS)[number];
