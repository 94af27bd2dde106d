import type { Device } from './session.port.js';

/** The more specific ones first, because most browsers also name those that they imitate. */
const BROWSERS: readonly (readonly [name: string, mark: RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\b(?:OPR|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|Chromium|CriOS|HeadlessChrome)\//],
  ['Safari', /\bVersion\/.*\bSafari\//],
];

const SYSTEMS: readonly (readonly [name: string, mark: RegExp])[] = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(?:iPhone|iPad|iPod)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMacintosh\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
];

/** The names by which a person recognises a device, without versions, which people don't know. */
export function deviceOf(userAgent: string | undefined): Device {
  const browser = nameIn(BROWSERS, userAgent);
  const os = nameIn(SYSTEMS, userAgent);
  return { ...(browser && { browser }), ...(os && { os }) };
}

function nameIn(table: typeof BROWSERS, text = ''): string | undefined {
  return table.find(([, mark]) => mark.test(text))?.[0];
}
