import {
  changesIn,
  type DriveAddress,
  findAddresses,
  moved,
  type NewId,
  parseAddress,
  replaceAddress,
  type Span,
} from '../../../engine/links/drive-addresses.js';
import type { DocumentLink, DocumentPart, LinkGroup } from '../../../engine/links/document-links.js';
import { flag, objectOf, text, withOthers } from '../google-answers.js';

// Links in the text of Docs and Slides, whose APIs describe text in the same way.

/** The properties of a style that a new link would change. */
export const readTextStyle = objectOf(
  {},
  { link: objectOf({}, { url: text }), foregroundColor: withOthers(objectOf({}, {})), underline: flag },
);
export type TextStyle = ReturnType<typeof readTextStyle>;

/** A run of text with one style. Indexes are UTF-16 units of its segment, as in Google's APIs. */
export interface TextRun extends Span {
  readonly content: string;
  readonly style: TextStyle;
  readonly isSuggested: boolean;
}

/** How to change a text. */
export interface TextEditor<Request> {
  /** Gives a run another link, and leaves its other properties as they are. */
  relink(run: TextRun, url: string): Request;
  /** The text gets the style of the character before it. */
  insert(index: number, text: string): Request;
  remove(span: Span): Request;
}

/**
 * A style with another link, and the mask that writes it. Without its colour and underline the text would get those of a
 * new link (reference of `TextStyle.link`). A property that the mask names and the style lacks is inherited, as before.
 */
export const relinked = ({ foregroundColor, underline }: TextStyle, url: string) => ({
  style: {
    link: { url },
    ...(foregroundColor && { foregroundColor }),
    ...(underline !== undefined && { underline }),
  },
  fields: 'link,foregroundColor,underline',
});

/** A run without the newline at its end, which has no link. */
export const unbroken = ({ start, end, content }: TextRun): Span => ({
  start,
  end: content.endsWith('\n') ? end - 1 : end,
});

/** Adjacent runs with the same link: one link for a person, even if a part of it is bold. */
interface LinkedText extends Span {
  readonly runs: readonly TextRun[];
  readonly url: string;
  readonly address: DriveAddress;
  /** The addresses in its visible text. */
  readonly inside: DriveAddress[];
}

const MAX_LABEL = 80;

/**
 * The links and plain addresses in adjacent runs, in order.
 *
 * An address in a text is rewritten although it is no link: people copy it from there, and most of them are the visible
 * text of a link to the same address, which would show the original and lead to the copy. Only the id changes.
 */
export function linksInText<Request>(
  runs: readonly TextRun[],
  { part, container }: { readonly part: DocumentPart; readonly container: string },
  editor: TextEditor<Request>,
): (LinkGroup<Request> & Span)[] {
  const first = runs[0];
  if (!first) return [];
  const text = runs.map(({ content }) => content).join('');
  const linked = linkedTexts(runs);
  const alone: DriveAddress[] = [];
  for (const address of findAddresses(text).map((each) => moved(each, (at) => at + first.start))) {
    const around = linked.find(({ start, end }) => start <= address.start && address.start < end);
    (around?.inside ?? alone).push(address);
  }
  return [...linked.map(linkOf), ...alone.map(plainOf)].sort((one, other) => one.start - other.start);

  function linkOf({ start, end, runs: parts, url, address, inside }: LinkedText): LinkGroup<Request> & Span {
    const label = parts.map(({ content }) => content).join('');
    const isSuggested = parts.some((part) => part.isSuggested);
    const link: DocumentLink = {
      place: { holder: 'text', part, container, label: label.trim().slice(0, MAX_LABEL) },
      text: url,
      address,
      ...(isSuggested && { unsupported: 'suggestion' as const }),
    };
    const others = inside.filter((each) => 'id' in each && !('id' in address && each.id === address.id));
    const isFixed = (each: DriveAddress) => isSuggested || isInSuggestion(each);
    return {
      start,
      end,
      links: [link, ...others.map((each) => plainLink(each, isFixed(each)))],
      // The links first: the changes of the text shift the ends of its runs.
      requests: (newIdOf) => {
        const newUrl = replaceAddress(url, newIdOf);
        return [
          ...(newUrl === url || isSuggested ? [] : parts.map((run) => editor.relink(run, newUrl))),
          ...inside.toReversed().flatMap((each) => (isFixed(each) ? [] : edits(each, newIdOf))),
        ];
      },
    };
  }

  function plainOf(address: DriveAddress): LinkGroup<Request> & Span {
    const { start, end } = address;
    const link = plainLink(address, isInSuggestion(address));
    return { start, end, links: [link], ...(!link.unsupported && { requests: (newIdOf) => edits(address, newIdOf) }) };
  }

  function plainLink(address: DriveAddress, isSuggested: boolean): DocumentLink {
    const shown = text.slice(address.start - first!.start, address.end - first!.start);
    return {
      place: { holder: 'plain_text', part, container, label: shown.slice(0, MAX_LABEL) },
      text: shown,
      address,
      ...(isSuggested && { unsupported: 'suggestion' as const }),
    };
  }

  function isInSuggestion({ start, end }: Span): boolean {
    return runs.some((run) => run.isSuggested && run.start < end && start < run.end);
  }

  /** From the end backwards. A new text is put behind the first old character, so that it gets the style of the old one. */
  function edits(address: DriveAddress, newIdOf: NewId): Request[] {
    return changesIn([address], newIdOf)
      .toReversed()
      .flatMap(({ start, end, text: newText }) => {
        if (newText === '') return [editor.remove({ start, end })];
        const inserted = start + 1;
        return [
          editor.insert(inserted, newText),
          editor.remove({ start: inserted + newText.length, end: end + newText.length }),
          editor.remove({ start, end: inserted }),
        ];
      });
  }
}

function linkedTexts(runs: readonly TextRun[]): LinkedText[] {
  const found: LinkedText[] = [];
  for (let from = 0; from < runs.length;) {
    const url = runs[from]?.style.link?.url;
    let to = from + 1;
    while (url !== undefined && runs[to]?.style.link?.url === url) to++;
    const parts = runs.slice(from, to);
    const address = url === undefined ? undefined : parseAddress(url);
    if (url !== undefined && address)
      found.push({ start: parts[0]!.start, end: parts.at(-1)!.end, runs: parts, url, address, inside: [] });
    from = to;
  }
  return found;
}
