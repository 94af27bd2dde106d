import type { ItemKind } from '../../engine/ports/drive.js';

export const FOLDER = 'application/vnd.google-apps.folder';
export const SHORTCUT = 'application/vnd.google-apps.shortcut';

/** Google's values for "what is it": folders, shortcuts, other types of its own, and files with bytes. */
export function kindOf(mimeType: string): ItemKind {
  if (mimeType === FOLDER) return 'folder';
  if (mimeType === SHORTCUT) return 'shortcut';
  return mimeType.startsWith('application/vnd.google-apps.') ? 'google' : 'file';
}

/** A text as a literal of Google's query language: `\` and `'` are escaped ("Search query terms and operators"). */
export function literal(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
