import { catalogue } from '../texts/catalogue';

/** The two accounts of every transfer. */
export type Side = 'source' | 'destination';

export const SIDES: readonly Side[] = ['source', 'destination'];

export const otherSide = (side: Side): Side => (side === 'source' ? 'destination' : 'source');

/** A side as a place: "From" on the left, "To" on the right. */
export const sideLabel = (side: Side): string => catalogue().shell.fromTo[side];
