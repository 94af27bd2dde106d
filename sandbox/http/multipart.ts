import { googleError, type GoogleError } from './errors.ts';

/** Maximum bytes of a part's headers. */
const MAX_HEAD = 16_384;

/** The boundary in a `multipart/…` Content-Type; `undefined` if there is none. */
export function boundaryOf(contentType = ''): string | undefined {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s"]+))/i.exec(contentType) ?? [];
  return quoted ?? plain;
}

/** Header fields by lower-case name; a line that begins with a blank continues the previous one (RFC 5322, 2.2.3). */
export function readFields(lines: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  let last: string | undefined;
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (/^[ \t]/.test(line) && last !== undefined) fields[last] += ` ${line.trim()}`;
    else if (colon > 0) fields[(last = line.slice(0, colon).trim().toLowerCase())] = line.slice(colon + 1).trim();
  }
  return fields;
}

export function malformedMultipart(how: string): GoogleError {
  return googleError('badContent', { why: how });
}

/**
 * Splits a multipart body (RFC 2046) at its boundaries while it arrives. Lines may end with LF alone, as Google's Python
 * client writes them (`email.generator` in `googleapiclient/discovery.py`): the line of the first boundary shows whether
 * a CR before a later one belongs to the boundary or to the content.
 */
export class PartReader {
  private readonly source: AsyncGenerator<Buffer>;
  private readonly delimiter: string;
  // A boundary begins with a line break, which is optional for the first one.
  private held: Buffer = Buffer.from('\n');
  private ended = false;
  private dropsCr?: boolean;

  constructor(source: AsyncGenerator<Buffer>, boundary: string) {
    this.source = source;
    this.delimiter = `\n--${boundary}`;
  }

  /** Header fields of the next part, by lower-case name; `undefined` after the last part. */
  async next(): Promise<Record<string, string> | undefined> {
    if (this.dropsCr === undefined) for await (const chunk of this.until(this.delimiter)) void chunk;
    const rest = await this.line();
    this.dropsCr ??= rest.endsWith('\r');
    if (rest.startsWith('--')) {
      await this.drain();
      return undefined;
    }
    const lines: string[] = [];
    for (let length = 0; ;) {
      const line = (await this.line()).replace(/\r$/, '');
      if (line === '') return readFields(lines);
      length += line.length;
      if (length > MAX_HEAD) throw malformedMultipart('has a part whose head is too long');
      lines.push(line);
    }
  }

  /** Content of the part whose headers were read last. */
  body(): AsyncGenerator<Buffer> {
    return this.until(this.delimiter, this.dropsCr);
  }

  /** Reads the bytes after the last part, so that the connection can be reused. */
  async drain(): Promise<void> {
    while (await this.more()) this.held = Buffer.alloc(0);
  }

  /** A line without its LF. The last line, the closing boundary, may have none. */
  private async line(): Promise<string> {
    for (;;) {
      const at = this.held.indexOf(10);
      if (at >= 0 || this.ended) {
        const end = at < 0 ? this.held.length : at;
        const line = this.held.toString('latin1', 0, end);
        this.held = this.held.subarray(end + 1);
        if (at < 0 && !line.startsWith('--')) throw malformedMultipart('ends before its closing boundary');
        return line;
      }
      if (this.held.length > MAX_HEAD) throw malformedMultipart('has a part whose head is too long');
      await this.more();
    }
  }

  private async *until(delimiter: string, dropsCr = false): AsyncGenerator<Buffer> {
    const wanted = Buffer.from(delimiter, 'latin1');
    for (;;) {
      const at = this.held.indexOf(wanted);
      // The end of the buffer may be the beginning of a delimiter.
      const safe = at < 0 ? this.held.length - wanted.length : at - Number(dropsCr && this.held[at - 1] === 13);
      if (safe > 0) yield this.held.subarray(0, safe);
      if (at >= 0) {
        this.held = this.held.subarray(at + wanted.length);
        return;
      }
      this.held = this.held.subarray(Math.max(0, safe));
      if (!(await this.more())) throw malformedMultipart('ends before its closing boundary');
    }
  }

  private async more(): Promise<boolean> {
    if (this.ended) return false;
    const next = await this.source.next();
    if (next.done) {
      this.ended = true;
      return false;
    }
    this.held = this.held.length > 0 ? Buffer.concat([this.held, next.value]) : next.value;
    return true;
  }
}
