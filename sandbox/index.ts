// The exports of @cloudmover/drive-sandbox.
export { randomFrom } from './faults/random.ts';
export {
  SandboxClient,
  SandboxRefusal,
  type BehaviorInput,
  type LoggedRequest,
  type SandboxStats,
  type Tokens,
  type TreeItem,
} from './control/client.ts';
export { GoogleProxy } from './http/google-proxy.ts';
export { PRESET_NAMES, type Preset, type PresetResult } from './seed/presets.ts';
export { routeOf, unitsOf } from './http/routes.ts';
export { startSandbox, type Sandbox, type SandboxOptions } from './http/server.ts';
