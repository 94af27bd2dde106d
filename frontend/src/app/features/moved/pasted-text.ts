import { findAddresses, replaceAddresses } from '../../../../../backend/src/engine/links/drive-addresses';

/** A text, and its formatted form if it was pasted with one. */
export interface PastedText {
  readonly plain: string;
  /** HTML, which is changed as a text and never rendered. */
  readonly html?: string;
}

/** A text with its addresses replaced, and numbers of addresses. */
export interface ReplacedText extends PastedText {
  readonly replaced: number;
  /** Those without a copy. */
  readonly unknown: number;
  /** Those whose id is not that of a file. */
  readonly fixed: number;
}

/** The ids of files and folders in all addresses. */
export const idsIn = ({ plain, html = '' }: PastedText): Set<string> =>
  new Set(
    [plain, html].flatMap((text) => findAddresses(text).flatMap((address) => ('id' in address ? address.id : []))),
  );

/**
 * Replaces the ids in all addresses.
 * @param newIdOf the id of the copy of an original
 */
export function replaceIn({ plain, html }: PastedText, newIdOf: (id: string) => string | undefined): ReplacedText {
  // The formatted form has the addresses behind words too.
  const addresses = findAddresses(html ?? plain);
  const ids = addresses.flatMap((address) => ('id' in address ? [address.id] : []));
  const replaced = ids.filter((id) => newIdOf(id) !== undefined).length;
  return {
    plain: replaceAddresses(plain, newIdOf),
    ...(html !== undefined && { html: replaceAddresses(html, newIdOf) }),
    replaced,
    unknown: ids.length - replaced,
    fixed: addresses.length - ids.length,
  };
}
