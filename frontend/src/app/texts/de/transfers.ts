import type { transfers as model } from '../en/transfers';

export const transfers: typeof model = {};
