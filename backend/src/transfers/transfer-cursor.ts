import type { TransferPosition } from './transfer-store.port.js';

/** A cursor of lists of transfers, and the error for any other text. */
export const TRANSFER_CURSOR = /^\d{1,16}\.[\w-]{1,64}$/;
export const TRANSFER_CURSOR_MESSAGE = 'cursor must be the nextCursor of the previous page';

export const cursorOf = ({ createdAt, id }: TransferPosition): string => `${createdAt}.${id}`;

/** @param cursor matches TRANSFER_CURSOR */
export function positionOf(cursor: string): TransferPosition {
  const [createdAt, id] = cursor.split('.', 2);
  return { createdAt: Number(createdAt), id: id ?? '' };
}
