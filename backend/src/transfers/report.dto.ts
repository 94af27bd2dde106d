import { PickType } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { ItemDto } from './items.dto.js';
import { TransferDto } from './transfers.dto.js';

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
export class ReportSummaryDto extends PickType(TransferDto, [
  ...(['id', 'mode', 'state', 'source', 'destination', 'target', 'createdAt', 'startedAt', 'finishedAt'] as const),
  ...(['counts', 'originals', 'verification'] as const),
]) {
  /** Version of the report's text. */
  format!: number;
  bytes!: ReportBytesDto;
  undo?: ReportUndoDto;
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
