// What a program imports from @cloudmover/drive-sandbox.
export { randomFrom, unitsOf } from './behavior.ts';
export {
  SandboxClient,
  SandboxRefusal,
  type BehaviorInput,
  type LoggedRequest,
  type SandboxStats,
  type Tokens,
  type TreeItem,
} from './client.ts';
export { GoogleProxy } from './google-proxy.ts';
export { PRESET_NAMES, type Preset, type PresetResult } from './presets.ts';
export { routeDrive } from './routes.ts';
export { startSandbox, type Sandbox, type SandboxOptions } from './server.ts';
