import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DriveError } from '../engine/errors.js';
import { isDone } from '../engine/model/items.js';
import { TERMINAL_STATES } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import type { Session } from '../session/session.port.js';
import { FileNotTransferredError } from './errors.js';
import type { TransferFileQueryDto, TransferFileResponseDto } from './transfer-file.dto.js';
import { TransfersService } from './transfers.service.js';

/** Milliseconds between two polls of a request that waits for its transfer. */
const POLL_MS = 150;

/** Transfers one item and waits for it. */
@Injectable()
export class TransferFileService {
  constructor(private readonly transfers: TransfersService) {}

  /**
   * @param waitMs how long to wait; after that the result has no `file`
   * @param onCreated called with the id of the transfer, before the wait
   * @throws what `TransfersService.create` throws · FileNotTransferredError · DriveError `not_found`
   */
  async transfer(
    { file_id, target_folder_id, delete_after_transfer }: TransferFileQueryDto,
    [source, destination]: readonly [Session, Session],
    key: string | undefined,
    waitMs: number,
    onCreated: (id: string) => void,
  ): Promise<TransferFileResponseDto> {
    const ledger = await this.transfers.create(
      {
        items: [file_id],
        target: { folderId: target_folder_id },
        mode: delete_after_transfer ? 'move' : 'copy',
        conflict: 'keepBoth',
        shortcuts: 'rebuild',
        allowConversion: false,
      },
      source,
      destination,
      key,
    );
    const { id } = ledger.order;
    onCreated(id);
    const done = await this.waitFor(ledger, waitMs);
    return done ?? { transferId: id, state: await ledger.state(), originalTrashed: false };
  }

  /**
   * Waits for a transfer of one item.
   * @returns its result, or undefined if it is still running after `boundMs`
   */
  private async waitFor(ledger: Ledger, boundMs: number): Promise<TransferFileResponseDto | undefined> {
    for (const end = performance.now() + boundMs; performance.now() < end; await delay(POLL_MS)) {
      const state = await ledger.state();
      if (!TERMINAL_STATES.includes(state)) continue;
      const problem = state === 'failed' ? (await ledger.snapshot()).problem : undefined;
      const item = await ledger.item(0);
      if (problem?.code === 'not_found') throw new DriveError('not_found', { message: problem.detail });
      if (problem || !item || !isDone(item.state))
        throw new FileNotTransferredError(
          ledger.order.id,
          problem?.detail ?? item?.outcome.reason ?? 'It was canceled.',
        );
      const { outcome } = item;
      return {
        transferId: ledger.order.id,
        state,
        file: {
          id: outcome.destinationId!,
          name: item.name,
          mimeType: item.mimeType,
          size: item.size,
          ...(item.checksums.md5 && { md5Checksum: item.checksums.md5 }),
          ...(outcome.webViewLink && { webViewLink: outcome.webViewLink }),
        },
        originalTrashed: outcome.original === 'trashed',
      };
    }
    return undefined;
  }
}
