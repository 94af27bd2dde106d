import { TransferDto } from '../api/models/transfer-dto';

const ENDS: readonly TransferDto['state'][] = ['completed', 'completed_with_failures', 'canceled', 'failed', 'undone'];

/** Whether nothing more happens to a transfer unless somebody asks for it. */
export const hasEnded = ({ state }: Pick<TransferDto, 'state'>): boolean => ENDS.includes(state);
