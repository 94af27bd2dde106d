import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { TRANSFER_STATES, type TransferState } from '../engine/model/states.js';
import { booleanOf } from '../http/validation.js';
import { DRIVE_ID } from './transfer-request.dto.js';

export class TransferFileQueryDto {
  /** Id of the file or folder in the source. */
  @Matches(DRIVE_ID, { message: 'file_id must be the id of a file or folder in the source' })
  file_id!: string;

  /** Folder in the destination that the copy goes to; `root` is My Drive. */
  @IsOptional()
  @Matches(DRIVE_ID, { message: 'target_folder_id must be the id of a folder in the destination, or root' })
  target_folder_id: string = 'root';

  /** Moves the original to the source's trash after the copy is verified. */
  @IsOptional()
  @Transform(booleanOf)
  @IsBoolean({ message: 'delete_after_transfer must be true or false' })
  delete_after_transfer: boolean = false;

  /** Token of the source, unless a header contains it. */
  @IsOptional()
  @IsString()
  source_token?: string;

  /** Token of the destination, unless a header contains it. */
  @IsOptional()
  @IsString()
  dest_token?: string;
}

export class TransferredFileDto {
  id!: string;
  name!: string;
  mimeType!: string;
  @Type(() => Number)
  size!: number | null;
  md5Checksum?: string;
  webViewLink?: string;
}

export class TransferFileResponseDto {
  transferId!: string;
  @IsIn(TRANSFER_STATES)
  state!: TransferState;
  /** The copy; missing while the transfer is running (202). */
  file?: TransferredFileDto;
  originalTrashed!: boolean;
}
