/** 32 bytes as base64url, as session tokens are; ids of Google's and of ours have other lengths. */
const TOKEN = /(?<![\w-])[\w-]{43}(?![\w-])/g;

/** A text without tokens that somebody has put where none belongs, such as into a path. */
export const withoutTokens = (text: string): string => text.replace(TOKEN, '[token]');
