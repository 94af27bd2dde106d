// Reads a container image that an engine has saved, layer by layer: what it contains, and whether a secret is in it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A file, folder or link in an image. */
export interface ImageFile {
  path: string;
  type: 'file' | 'folder' | 'link' | 'other';
  uid: number;
  /** Permissions, without the type. */
  mode: number;
  /** SHA-256 of a file's content. */
  sha256?: string;
}

export interface Image {
  /** What the image sets (https://github.com/moby/docker-image-spec). */
  config: { User?: string; Env?: string[]; WorkingDir?: string; Cmd?: string[]; Healthcheck?: { Test: string[] } };
  /** What a container sees: all layers on top of each other, by path without a leading slash. */
  files: Map<string, ImageFile>;
  /** How many layers it has. */
  layers: number;
  /** Where secrets are, by their names. A file that a later layer deletes counts: its layer still contains it. */
  secrets: string[];
}

/**
 * Reads an image from the unpacked archive that `docker save` writes.
 * @param folder contains `manifest.json`, the configuration and the layers
 * @param secrets what to search for, by name: in names and contents of files, and in the configuration with its history
 */
export function readImage(folder: string, secrets: Record<string, string>): Image {
  const read = (path: string) => readFileSync(join(folder, path));
  const [{ Config: configFile, Layers: layerFiles }] = JSON.parse(read('manifest.json').toString()) as [
    { Config: string; Layers: string[] },
  ];
  const configuration = read(configFile).toString();
  const { config = {} } = JSON.parse(configuration) as { config?: Image['config'] };
  const found = Object.keys(secrets)
    .filter((name) => configuration.includes(JSON.stringify(secrets[name]).slice(1, -1)))
    .map((name) => `${name} in the configuration or the history`);
  const files = new Map<string, ImageFile>();
  for (const [index, path] of layerFiles.entries()) {
    const stored = read(path);
    const layer = stored.readUInt16BE(0) === GZIP ? gunzipSync(stored) : stored;
    for (const [name, text] of Object.entries(secrets)) {
      const at = layer.indexOf(text);
      if (at >= 0) found.push(`${name} in layer ${index + 1}: ${pathAt(layer, at)}`);
    }
    addLayer(files, layer);
  }
  return { config, files, layers: layerFiles.length, secrets: found };
}

const GZIP = 0x1f8b;

/**
 * Adds a layer to the files of those below it. `.wh.NAME` deletes NAME there, `.wh..wh..opq` all in its folder
 * (https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts).
 */
function addLayer(files: Map<string, ImageFile>, layer: Buffer) {
  const added: ImageFile[] = [];
  for (const { file } of entriesOf(layer)) {
    const [folder, name] = [posix.dirname(file.path), posix.basename(file.path)];
    if (!name.startsWith(WHITEOUT)) added.push(file);
    else {
      const gone = name === OPAQUE ? folder : posix.join(folder, name.slice(WHITEOUT.length));
      if (name !== OPAQUE) files.delete(gone);
      for (const path of files.keys()) if (path.startsWith(`${gone}/`)) files.delete(path);
    }
  }
  for (const file of added) files.set(file.path, file);
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** The file whose name or content is at this position of a layer. */
function pathAt(layer: Buffer, at: number) {
  for (const { file, end } of entriesOf(layer)) if (at < end) return file.path;
  return 'after its last file';
}

const BLOCK = 512;
const TYPES: Record<string, ImageFile['type']> = { '0': 'file', '': 'file', '1': 'link', '2': 'link', '5': 'folder' };

/**
 * The files of a tar archive (ustar, with the long names of pax and GNU), in its order.
 * @returns `end`: the position behind a file
 */
function* entriesOf(tar: Buffer): Generator<{ file: ImageFile; end: number }> {
  let longPath: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + BLOCK);
    const text = (from: number, length: number) => untilZero(header.subarray(from, from + length));
    const octal = (from: number, length: number) => Number.parseInt(text(from, length), 8) || 0;
    const content = tar.subarray(at + BLOCK, at + BLOCK + octal(124, 12));
    at += BLOCK + Math.ceil(content.length / BLOCK) * BLOCK;
    const type = text(156, 1);
    if (type === 'x') longPath = /\d+ path=(.*)\n/.exec(content.toString())?.[1] ?? longPath;
    else if (type === 'L') longPath = untilZero(content);
    if ('xgLK'.includes(type) && type) continue;
    const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
    const path = posix.join('/', longPath ?? `${prefix}/${text(0, 100)}`).replace(/^\/|\/$/g, '');
    longPath = undefined;
    const file: ImageFile = { path, type: TYPES[type] ?? 'other', uid: octal(108, 8), mode: octal(100, 8) & 0o7777 };
    if (file.type === 'file') file.sha256 = createHash('sha256').update(content).digest('hex');
    yield { file, end: at };
  }
}

function untilZero(bytes: Buffer) {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
