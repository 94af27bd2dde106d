import { count, pluralOf } from '../counting';

const plural = pluralOf('en');

export const formats = {
  counted: {
    item: (n: number) => `${count(n)} ${plural(n, { one: 'item', other: 'items' })}`,
    file: (n: number) => `${count(n)} ${plural(n, { one: 'file', other: 'files' })}`,
    folder: (n: number) => `${count(n)} ${plural(n, { one: 'folder', other: 'folders' })}`,
  },
  times: (n: number) => plural(n, { one: 'once', other: `${count(n)} times` }),
  units: { day: 'd', hour: 'h', minute: 'min', second: 's' },
  lessThanAMinuteLeft: 'Less than a minute left',
  aboutLeft: (duration: string) => `About ${duration} left`,
  itemsPerSecond: (rate: string) => `${rate} items/s`,
  yesterday: (time: string) => `yesterday, ${time}`,
  tomorrow: (time: string) => `tomorrow, ${time}`,
  andMore: (names: string, n: number) => `${names} and ${count(n)} more`,
};
