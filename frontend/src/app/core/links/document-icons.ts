import { ApiOff } from '../../api/models/api-off';
import { IconName } from '../../ui/icon';

/** The icons of documents that can contain links. */
export const DOCUMENT_ICONS = {
  document: 'doc',
  spreadsheet: 'sheet',
  presentation: 'slide',
  form: 'form',
} as const satisfies Record<ApiOff['kind'], IconName>;
