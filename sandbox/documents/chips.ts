import { type InlineObject, RequestProblem } from './rich-text.ts';
import { newIdIn } from './text-document.ts';

/** Looks up the names and types of files and people that smart chips show. */
export interface Lookup {
  /** A file, if the person who inserts the chip may see it. */
  file: (id: string) => { name: string; mimeType: string } | undefined;
  /** The name of the person with this address. */
  person: (email: string) => string | undefined;
}

/** Google's hosts whose addresses can become chips. */
const CHIP_HOSTS = /^(docs|drive|sites|calendar|meet|www)\.google\.com$|^(www\.)?(youtube\.com|youtu\.be)$/;

/** The id of a Drive file in its address. */
export function fileIdIn(address: string): string | undefined {
  return /\/(?:d|folders)\/([\w-]{10,})|[?&]id=([\w-]{10,})/.exec(address)?.slice(1).find(Boolean);
}

/** @throws RequestProblem for an address that is not of a Google resource */
export function insertRichLink(
  document: { ids: number },
  lookup: Lookup,
  { uri = '', title }: { uri?: string; title?: string },
): InlineObject {
  if (!URL.canParse(uri) || !CHIP_HOSTS.test(new URL(uri).hostname))
    throw new RequestProblem('The URI of a rich link must be that of a Google resource.');
  const file = lookup.file(fileIdIn(uri) ?? '');
  return {
    kind: 'richLink',
    value: {
      richLinkId: newIdIn(document, 'kix.'),
      richLinkProperties: {
        title: title ?? file?.name ?? uri,
        uri,
        ...(file ? { mimeType: file.mimeType } : {}),
      },
    },
  };
}

/** @throws RequestProblem for an invalid e-mail address */
export function insertPerson(
  document: { ids: number },
  lookup: Lookup,
  { email = '', name }: { email?: string; name?: string },
): InlineObject {
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) throw new RequestProblem('The email of a person must be an e-mail address.');
  const shown = name ?? lookup.person(email);
  return {
    kind: 'person',
    value: {
      personId: newIdIn(document, 'kix.'),
      personProperties: { email, ...(shown === undefined ? {} : { name: shown }) },
    },
  };
}

/** @throws RequestProblem for an invalid time */
export function insertDate(document: { ids: number }, properties: Record<string, string>): InlineObject {
  const { timestamp = '', locale = 'en', timeZoneId = 'etc/UTC' } = properties;
  const time = Date.parse(timestamp);
  if (Number.isNaN(time)) throw new RequestProblem('The timestamp of a date must be an RFC 3339 date-time.');
  let displayText;
  try {
    displayText = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: timeZoneId }).format(time);
  } catch {
    throw new RequestProblem('The locale or time zone of the date is unknown.');
  }
  return {
    kind: 'dateElement',
    value: {
      dateId: newIdIn(document, 'kix.'),
      dateElementProperties: {
        dateFormat: 'DATE_FORMAT_MONTH_DAY_YEAR_ABBREVIATED',
        timeFormat: 'TIME_FORMAT_DISABLED',
        ...properties,
        locale,
        timeZoneId,
        displayText,
      },
    },
  };
}
