import { IsIn, IsOptional } from 'class-validator';
import { TRANSFER_STATES, type TransferState } from '../engine/model/states.js';
import { MODES } from './transfer-request.dto.js';
import { ItemDto } from './items.dto.js';
import {
  TransferPartyDto,
  TransferTargetResponseDto,
  TransferCountsDto,
  TransferOriginalsDto,
  TransferVerificationDto,
  TransferDto,
} from './transfers.dto.js';

export class ReportQueryDto {
  /** @example csv */
  @IsOptional()
  @IsIn(['json', 'csv'])
  format: 'json' | 'csv' = 'json';
}

export class ReportBytesDto {
  found!: number;
  verified!: number;
}

export class ReportUndoDto {
  trashed!: number;
  left!: number;
}

/** What the report states of the transfer as a whole. It does not change once the transfer has ended. */
export class ReportSummaryDto {
  /** Version of the report's text. */
  format!: number;
  id!: string;
  @IsIn(MODES)
  mode!: (typeof MODES)[number];
  @IsIn(TRANSFER_STATES)
  state!: TransferState;
  source!: TransferPartyDto;
  destination!: TransferPartyDto;
  target!: TransferTargetResponseDto;
  createdAt!: string;
  startedAt?: string;
  finishedAt?: string;
  counts!: TransferCountsDto;
  bytes!: ReportBytesDto;
  originals?: TransferOriginalsDto;
  undo?: ReportUndoDto;
  verification!: TransferVerificationDto;
}

/**
 * The report as JSON. Its first line holds `generatedAt` and `transfer`, which may change after the end; the fingerprint
 * (`reportSha256`) is taken of the rest.
 */
export class ReportDto {
  generatedAt!: string;
  transfer!: TransferDto;
  summary!: ReportSummaryDto;
  items!: ItemDto[];
}
