import { unzipSync, strFromU8 } from 'fflate';
import { GoogleError, googleError } from '../http/errors.ts';
import { MAX_CELLS, MAX_COLUMNS } from './sheets/model.ts';

/** Bytes of the parts of an archive together. Google converts files of up to 100 MB. */
const MAX_UNPACKED = 100 * 1024 * 1024;

/** Counts what an import creates. */
export class ImportLimit {
  private left: number;
  private readonly what: string;

  constructor(max: number, what: string) {
    this.left = max;
    this.what = what;
  }

  /** @throws GoogleError 400 once the maximum is exceeded */
  add(count: number): void {
    this.left -= count;
    if (!(this.left >= 0))
      throw googleError('wrongContent', { expected: `a document within the limits: ${this.what}` });
  }
}

/** The cells of a spreadsheet. */
export class CellLimit extends ImportLimit {
  constructor() {
    super(MAX_CELLS, `${MAX_CELLS} cells`);
  }

  /** @throws GoogleError 400 for a row that is too long */
  checkColumns(columns: number): void {
    if (columns > MAX_COLUMNS)
      throw googleError('wrongContent', { expected: `a document within the limits: ${MAX_COLUMNS} columns` });
  }
}

/**
 * The wanted parts of a zip archive as texts.
 * @throws GoogleError 400 for a broken archive, or one that would be too large
 */
export function unpacked(bytes: Buffer, isWanted: (name: string) => boolean, expected: string): Map<string, string> {
  const limit = new ImportLimit(MAX_UNPACKED, `${MAX_UNPACKED} bytes`);
  try {
    const parts = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!isWanted(name)) return false;
        limit.add(originalSize);
        return true;
      },
    });
    return new Map(Object.entries(parts).map(([name, part]) => [name, strFromU8(part)]));
  } catch (error) {
    throw error instanceof GoogleError ? error : googleError('wrongContent', { expected });
  }
}
