import type { Account, DriveStore, Item } from '../drive/drive-store.ts';
import { SandboxUsageError } from '../http/errors.ts';
import { PresetBuilder } from './preset-builder.ts';
import { graduate } from './presets/graduate.ts';
import { hostile } from './presets/hostile.ts';
import { linked } from './presets/linked.ts';
import { office } from './presets/office.ts';
import { school } from './presets/school.ts';
import { makeTree } from './seeding.ts';

/** Numbers of what a preset created in all accounts and shared drives. */
export interface PresetResult {
  preset: Preset;
  /** All items in Drive: files, folders, documents and shortcuts. */
  items: number;
  bytes: number;
  /** New accounts. */
  people: number;
  groups: number;
  drives: number;
  /** Permissions set on the items and drives themselves, except the owners'. */
  permissions: number;
}

const PRESETS = {
  graduate,
  office,
  /** A million plain files in ten thousand folders. */
  million: async (builder: PresetBuilder) => {
    const plan = { folders: 10_000, files: 1_000_000, bytes: 1e12, seed: 1, name: 'A million files' };
    await makeTree(builder.store, builder.account, plan, builder.top);
  },
  hostile,
  school,
  linked,
} as const satisfies Record<string, (builder: PresetBuilder) => void | Promise<void>>;

export type Preset = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as Preset[];

/**
 * Fills an account, and the accounts it works with, with realistic items that take no disk space; the same preset and
 * seed always create the same items.
 * @throws SandboxUsageError for an unknown preset.
 */
export async function fillFromPreset(
  store: DriveStore,
  account: Account,
  name: string,
  { top = account.root, seed = 1 }: { top?: Item; seed?: number } = {},
): Promise<PresetResult> {
  const preset = PRESET_NAMES.find((each) => each === name);
  if (!preset) throw new SandboxUsageError(`There is no preset "${name}"; there are ${PRESET_NAMES.join(', ')}.`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new SandboxUsageError('seed must be a whole number, 0 or more.');
  const before = figuresOf(store);
  await PRESETS[preset](new PresetBuilder(store, account, { preset, seed, top }));
  const after = figuresOf(store);
  const grown = (figure: keyof typeof after): number => after[figure] - before[figure];
  return {
    preset,
    items: grown('items'),
    bytes: grown('bytes'),
    people: grown('people'),
    groups: grown('groups'),
    drives: grown('drives'),
    permissions: grown('permissions'),
  };
}

function figuresOf(store: DriveStore): Omit<PresetResult, 'preset'> {
  const people = store.accounts.size;
  const drives = store.drives.size;
  const figures = { items: -people - drives, bytes: 0, people, groups: store.directory.groups.size, drives };
  let permissions = 0;
  for (const item of store.allItems()) {
    figures.items++;
    permissions += item.permissions?.size ?? 0;
  }
  for (const { usage } of [...store.accounts.values(), ...store.drives.values()]) figures.bytes += usage;
  return { ...figures, permissions };
}
