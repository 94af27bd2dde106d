import type { sessions as model } from '../en/sessions';

export const sessions: typeof model = {};
