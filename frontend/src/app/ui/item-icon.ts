import { IconName } from './icon';

const GOOGLE_ICONS: Record<string, IconName> = {
  'application/vnd.google-apps.document': 'doc',
  'application/vnd.google-apps.spreadsheet': 'sheet',
  'application/vnd.google-apps.presentation': 'slide',
  'application/vnd.google-apps.drawing': 'drawing',
  'application/vnd.google-apps.form': 'form',
  'application/vnd.google-apps.vid': 'video',
  'application/vnd.google-apps.site': 'site',
};

/** The icon for an item, by its kind and MIME type. The class `type` adds the colour of the kind (`_elements.scss`). */
export function iconOf({ kind, mimeType }: { kind: string; mimeType: string }): IconName {
  if (kind === 'folder') return 'folder';
  if (kind === 'shortcut') return 'shortcut';
  const google = GOOGLE_ICONS[mimeType];
  if (google) return google;
  if (mimeType.startsWith('image/')) return 'image';
  if (mimeType.startsWith('video/')) return 'video';
  if (mimeType.startsWith('audio/')) return 'audio';
  if (mimeType === 'application/pdf') return 'pdf';
  if (/zip|compressed|tar|x-7z|x-rar/.test(mimeType)) return 'zip';
  if (/spreadsheet|excel|csv/.test(mimeType)) return 'sheet';
  if (/presentation|powerpoint/.test(mimeType)) return 'slide';
  if (/wordprocessing|msword|^text\//.test(mimeType)) return 'doc';
  return 'file';
}
