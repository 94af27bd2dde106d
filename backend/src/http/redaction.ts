/** 32 bytes as base64url, as session tokens are; ids of Google's and of ours have other lengths. */
const TOKEN = /(?<![\w-])[\w-]{43}(?![\w-])/g;

/** A text without the tokens in it, such as one that a client put into a path. */
export const withoutTokens = (text: string): string => text.replace(TOKEN, '[token]');
