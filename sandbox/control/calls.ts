import type { ControlCall } from './call.ts';
import { ACCOUNTS_CALLS } from './calls/accounts.ts';
import { CONTENTS_CALLS } from './calls/contents.ts';
import { RUNNING_CALLS } from './calls/running.ts';

/** Every call of the control API, by method and path below `/__sandbox`. */
export const CALLS: Readonly<Record<string, ControlCall>> = { ...ACCOUNTS_CALLS, ...CONTENTS_CALLS, ...RUNNING_CALLS };
