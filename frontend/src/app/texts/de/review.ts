import type { review as model } from '../en/review';

export const review: typeof model = {};
