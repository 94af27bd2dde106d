import { count, pluralOf } from '../counting';
import type { formats as model } from '../en/formats';

const plural = pluralOf('de');

export const formats: typeof model = {
  counted: {
    item: (n) => `${count(n)} ${plural(n, { one: 'Element', other: 'Elemente' })}`,
    file: (n) => `${count(n)} ${plural(n, { one: 'Datei', other: 'Dateien' })}`,
    folder: (n) => `${count(n)} Ordner`,
  },
  times: (n) => plural(n, { one: 'einmal', other: `${count(n)}-mal` }),
  units: { day: 'T', hour: 'Std', minute: 'Min', second: 'Sek' },
  lessThanAMinuteLeft: 'Noch weniger als eine Minute',
  aboutLeft: (duration) => `Noch etwa ${duration}`,
  itemsPerSecond: (rate) => `${rate} Elemente/s`,
  yesterday: (time) => `gestern, ${time}`,
  tomorrow: (time) => `morgen, ${time}`,
  andMore: (names, n) => `${names} und ${count(n)} weitere`,
};
