import { count, pluralOf } from '../counting';

const plural = pluralOf('en');
const addresses = (n: number) => `${count(n)} ${plural(n, { one: 'address', other: 'addresses' })}`;

/** The texts of `/moved`, which are loaded with that page. */
export const moved = {
  title: 'Links to moved files',
  lead: 'Paste a text. Addresses of files that you moved or copied are replaced by those of the copies.',
  privacy: 'Your text stays in this browser. Only the IDs in its addresses are sent, to find the copies.',
  nobody: {
    heading: 'No account is connected',
    text: 'Connect the account that the files came from, or the one that they went to.',
  },
  connect: { source: 'Connect source', destination: 'Connect destination' },
  text: 'Text with links',
  formatted: 'Links behind words are included. Paste the result where formatted text is possible.',
  replace: 'Replace addresses',
  replacing: 'Looking for copies',
  noAddress: 'The text has no address of a file in Google Drive.',
  result: 'Result',
  replaced: (n: number) => `${addresses(n)} replaced`,
  unknown: (n: number) =>
    `${addresses(n)} unchanged: no copy in the transfers of the connected accounts, which are kept for 30 days.`,
  fixed: (n: number) =>
    `${addresses(n)} unchanged: of a form to fill in, a script, or a version published to the web. Replace ${plural(n, { one: 'it', other: 'them' })} manually.`,
  copy: 'Copy result',
  copied: 'Result copied',
  notCopied: 'The browser refused the clipboard. Select the result and copy it.',
  /** A link to one original. */
  link: {
    opening: 'Opening the copy',
    looking: 'Looking for the copy of this file.',
    nobody: {
      heading: 'Connect an account to open the copy',
      text: 'This is the address of a file that may have been moved. Only the accounts of its transfer can see where it is now.',
    },
    none: {
      heading: 'No copy found',
      text: 'The connected accounts have no transfer with this file. Perhaps another account has, or the transfer ended more than 30 days ago.',
    },
    original: 'Open the original',
    another: 'Connect another account',
  },
};
