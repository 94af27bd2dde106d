import type { analytics as model } from '../en/analytics';

export const analytics: typeof model = {};
