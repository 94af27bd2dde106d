// `npm run pin-images`: pins container images by digest, so that builds use the tested images; a tag can move.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from './arguments.ts';
import { codeOf, messageOf, Problem, ROOT, say } from './workspace.ts';

/** Files that name images. */
export const FILES = ['docker-compose.yml', 'docker-compose.dev.yml', 'backend/Dockerfile', 'sandbox/Dockerfile'];

/** Docker Hub, for names without a registry (https://distribution.github.io/distribution/spec/api/). */
const REGISTRY = 'https://registry-1.docker.io';
const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');
const TIMEOUT_MS = 20_000;

/** @param args `--check` changes nothing and fails if a tag has moved */
export default async function pinImages(args: string[]) {
  const { values } = readArguments('pin-images', args, { check: { type: 'boolean' } });
  let moved = 0;
  for (const file of FILES) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    let pinned = text;
    for (const image of imagesIn(text)) {
      const [tag = '', before] = image.split('@');
      const digest = await digestOf(tag);
      say(`${before === digest ? '✔' : '•'} ${file}: ${tag}@${digest}`);
      if (before !== digest) moved++;
      pinned = pinned.replaceAll(image, `${tag}@${digest}`);
    }
    if (!values.check && pinned !== text) writeFileSync(join(ROOT, file), pinned);
  }
  if (values.check && moved > 0) {
    say(`${moved} to pin. Run: npm run pin-images`);
    return 1;
  }
  return 0;
}

/** Images in a Compose file or Dockerfile, with their digests if they have one; without images built here. */
export function imagesIn(text: string) {
  const named = [
    ...text.matchAll(/^\s*(?:x-[\w-]+:.*|image:.*)\$\{\w+_IMAGE:-([^}]+)\}/gm),
    ...text.matchAll(/^\s*image: (?!cloudmover$)([^$*\s]+)$/gm),
    ...text.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm),
    ...text.matchAll(/^FROM (?!\$\{|(?:manifests|build|dependencies)\b)(\S+)/gm),
    ...text.matchAll(/^# syntax=(\S+)/gm),
  ].map(([, image = '']) => image);
  return [...new Set(named)];
}

/**
 * The present digest of a tag, for all platforms.
 * @param image such as `redis:8.10.2-trixie`
 * @throws {Problem} if the registry cannot be reached, or has no such image
 */
export async function digestOf(image: string, registry = REGISTRY) {
  const [, name = '', tag = 'latest'] = /^([^:]+)(?::(.+))?$/.exec(image) ?? [];
  const path = name.includes('/') ? name : `library/${name}`;
  const url = `${registry}/v2/${path}/manifests/${tag}`;
  const ask = async (token?: string) => {
    const headers = { accept: INDEX_TYPES, ...(token && { authorization: `Bearer ${token}` }) };
    try {
      return await fetch(url, { method: 'HEAD', headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      throw new Problem(
        `${new URL(url).host} cannot be reached: ${codeOf(error instanceof Error ? error.cause : undefined) ?? messageOf(error)}.`,
      );
    }
  };
  let answer = await ask();
  if (answer.status === 401) answer = await ask(await tokenFor(answer.headers.get('www-authenticate') ?? ''));
  const digest = answer.headers.get('docker-content-digest') ?? '';
  if (!answer.ok || !/^sha256:[\da-f]{64}$/.test(digest))
    throw new Problem(`${image}: ${new URL(url).host} returned ${answer.status} without a digest. Does the tag exist?`);
  return digest;
}

/** A registry's public token for reading. */
async function tokenFor(challenge: string) {
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? '';
  const address = new URL(field('realm'));
  for (const name of ['service', 'scope']) address.searchParams.set(name, field(name));
  const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return ((await answer.json()) as { token: string }).token;
}
