import type { UnitClass } from '../engine/model/quota-units.js';

/** Google limits writes and reads separately. */
export type RequestKind = 'read' | 'write';

export interface Cost {
  readonly kind: RequestKind;
  readonly unitClass: UnitClass;
  /** Google's quota units. */
  readonly units: number;
  /** A limit beside those of Drive that alone applies to the request, such as `docs write`; missing: Drive's. */
  readonly limit?: string;
}
