import type { browse as model } from '../en/browse';

export const browse: typeof model = {};
