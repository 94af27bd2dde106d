import { unescapeXml } from './xml.ts';

/** A text, or the beginning or end of an element. */
export type Token =
  | { text: string }
  | { name: string; closes: boolean; selfCloses: boolean; attribute: (name: string) => string | undefined };

/** HTML elements whose content is not markup. */
const RAW = new Set(['script', 'style', 'title', 'textarea', 'noscript', 'template']);
/** Elements with such a content that pages do not show. */
const HIDDEN = new Set(['script', 'style', 'title', 'noscript', 'template']);

/**
 * The parts of an XML or HTML file in order, in linear time for every input. (Parsers keep the open elements, so that many
 * of them without an end take quadratic time.) Names of HTML are in lower case.
 */
export function* markup(source: string, isHtml = false): Generator<Token> {
  let at = 0;
  while (at < source.length) {
    const start = source.indexOf('<', at);
    if (start !== at) yield { text: unescapeXml(source.slice(at, start < 0 ? source.length : start)) };
    if (start < 0) return;
    if (source.startsWith('<!--', start)) {
      at = after(source, '-->', start + 4);
    } else if (source.startsWith('<![CDATA[', start)) {
      at = after(source, ']]>', start + 9);
      yield { text: source.slice(start + 9, at - 3) };
    } else if (/[!?]/.test(source[start + 1] ?? '')) {
      at = after(source, '>', start);
    } else if (!/[A-Za-z_/]/.test(source[start + 1] ?? '')) {
      yield { text: '<' };
      at = start + 1;
    } else {
      const end = endOfTag(source, start);
      // An unfinished tag.
      if (end < 0) return;
      const tag = tagOf(source.slice(start + 1, end), isHtml);
      at = end + 1;
      if (isHtml && !tag.closes && RAW.has(tag.name)) {
        const ending = new RegExp(`</${tag.name}`, 'gi');
        ending.lastIndex = at;
        const close = ending.exec(source)?.index ?? source.length;
        if (!HIDDEN.has(tag.name)) yield { text: unescapeXml(source.slice(at, close)) };
        at = close;
      } else yield tag;
    }
  }
}

/** The index after `text`, or the end. */
function after(source: string, text: string, from: number): number {
  const found = source.indexOf(text, from);
  return found < 0 ? source.length : found + text.length;
}

/** The index of the `>` that ends a tag, which may be in the value of an attribute before; -1 if there is none. */
function endOfTag(source: string, start: number): number {
  let before = '';
  for (let at = start + 1; at < source.length; at++) {
    const char = source[at] ?? '';
    if (char === '>') return at;
    if ((char === '"' || char === "'") && before === '=') {
      at = source.indexOf(char, at + 1);
      if (at < 0) return -1;
    }
    if (!/\s/.test(char)) before = char;
  }
  return -1;
}

function tagOf(inside: string, isHtml: boolean): Exclude<Token, { text: string }> {
  const [, slash = '', written = ''] = /^(\/?)([^\s/>]*)/.exec(inside) ?? [];
  const rest = inside.slice(slash.length + written.length);
  return {
    name: isHtml ? written.toLowerCase() : written,
    closes: slash !== '',
    selfCloses: rest.endsWith('/'),
    attribute: (name) => {
      const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, isHtml ? 'i' : '').exec(rest);
      const value = found?.[1] ?? found?.[2] ?? found?.[3];
      return value === undefined ? undefined : unescapeXml(value);
    },
  };
}

/** For each element with the name `outer`, the text of the elements `inner` in it. */
export function textsIn(xml: string, outer: string, inner: string): string[] {
  const texts: string[] = [];
  let parts: string[] | undefined;
  let isInner = false;
  for (const token of markup(xml)) {
    if ('text' in token) {
      if (isInner) parts?.push(token.text);
      continue;
    }
    if (token.name === inner) isInner = !token.closes && !token.selfCloses;
    if (token.name !== outer) continue;
    if (parts && token.closes) texts.push(parts.join(''));
    parts = token.closes ? undefined : [];
    if (token.selfCloses) texts.push('');
  }
  return texts;
}
