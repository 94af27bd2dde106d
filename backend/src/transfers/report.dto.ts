import { PickType } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { ItemDto } from './items.dto.js';
import { TransferLinksDto } from './links.dto.js';
import { RestrictionTotalsDto, TransferSharingDto } from './sharing.dto.js';
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

export class ReportAccessDto extends PickType(TransferSharingDto, ['wanted', 'equal', 'narrower', 'wider', 'waiting']) {
  restrictions!: RestrictionTotalsDto;
  /** Items whose permissions the source could not read, so that they were not carried over; left out if there are none. */
  unreadable?: number;
}

export class ReportLinksDto extends PickType(TransferLinksDto, [
  'found',
  'waiting',
  'rewritten',
  'outside',
  'unsupported',
  'failed',
]) {
  /** Documents that could not be read, so that their links are not known. */
  unread!: number;
}

/** What the report states about the transfer as a whole. It does not change after the end. */
export class ReportSummaryDto extends PickType(TransferDto, [
  ...(['id', 'mode', 'state', 'source', 'destination', 'target', 'createdAt', 'startedAt', 'finishedAt'] as const),
  ...(['counts', 'originals', 'verification'] as const),
]) {
  /** Version of the report's format. */
  format!: number;
  bytes!: ReportBytesDto;
  undo?: ReportUndoDto;
  /** Of a transfer that carries sharing over: permissions by outcome, which add up to `wanted`. */
  access?: ReportAccessDto;
  /** Of a transfer that lists or rewrites links: links by outcome, which add up to `found`. */
  links?: ReportLinksDto;
}

/**
 * The report as JSON. Its first line contains `generatedAt` and `transfer`, which may change after the end; the
 * fingerprint (`reportSha256`) covers the other lines.
 */
export class ReportDto {
  generatedAt!: string;
  transfer!: TransferDto;
  summary!: ReportSummaryDto;
  items!: ItemDto[];
}
