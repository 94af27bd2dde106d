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
export const BLOCKS = {
  admin_policy_enforced: 'The administrator of the account does not allow this app the access that it requests.',
  org_internal: 'The client is limited to people of one organisation, and the account is of another.',
  deleted_client: 'The OAuth client was deleted.',
} as const;
export type Block = keyof typeof BLOCKS;
