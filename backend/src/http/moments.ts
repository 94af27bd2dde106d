import { ValidateBy } from 'class-validator';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** Checks that a text is a time in the format of RFC 3339. */
export const IsMoment = () => isMoment(existingTime, 'time, such as 2026-01-31T08:00:00Z');

/** Checks that a text is a day or a time in the format of RFC 3339. */
export const IsDayOrMoment = () =>
  isMoment(
    (text) => existingTime(DAY.test(text) ? `${text}T00:00:00Z` : text),
    'day or time, such as 2026-01-31 or 2026-01-31T08:00:00Z',
  );

const isMoment = (isRight: (text: string) => boolean, what: string) =>
  ValidateBy({
    name: 'isMoment',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isRight(value),
      defaultMessage: () => `must be an existing RFC 3339 ${what}`,
    },
  });

/** `Date` turns 30 February into 2 March, and has no leap seconds, which `Temporal` takes. */
function existingTime(text: string): boolean {
  if (!TIME.test(text) || Number.isNaN(Date.parse(text))) return false;
  try {
    Temporal.Instant.from(text);
    return true;
  } catch {
    return false;
  }
}
