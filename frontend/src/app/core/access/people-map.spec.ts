import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Texts } from '../../texts/texts';
import { CountedLine, MAX_PEOPLE_LINES, PeopleMap } from './people-map';

const aMap = (...lines: [from: string, to: string][]) => {
  const stored = signal<readonly { from: string; to: string }[] | undefined>(lines.map(([from, to]) => ({ from, to })));
  return { map: new PeopleMap(stored, TestBed.inject(Texts).access), stored };
};
const problemsOf = (map: PeopleMap) => map.lines()!.map(({ key }) => map.problems().get(key));

describe('the people map', () => {
  it('is unchanged until something else than case or spaces is edited', () => {
    const { map } = aMap(['ana@old.example', 'ana@new.example']);
    const [line] = map.lines()!;
    map.edit(line!.key, { from: ' Ana@OLD.example ' });
    expect(map.changed()).toBe(false);
    map.edit(line!.key, { to: '' });
    expect(map.changed()).toBe(true);
    expect(map.request()).toEqual([{ from: 'ana@old.example', to: null }]);
    map.reset();
    expect(map.changed()).toBe(false);
  });

  it('knows what the count found a line is for, until it names somebody else', () => {
    const counted = [
      { from: '@old.example', to: '@new.example', people: 171, items: 9204 },
      { from: 'temp@old.example', to: '', people: 0, items: 0 },
    ];
    const map = new PeopleMap(signal<readonly CountedLine[]>(counted), TestBed.inject(Texts).access);
    const usages = () => map.lines()!.map((line) => map.usage(line).items);
    expect(usages()).toEqual([9204, 0]);
    const { key } = map.lines()![0]!;
    map.edit(key, { from: '@OLD.example ', to: '' });
    expect(usages()).toEqual([9204, 0]);
    map.edit(key, { from: '@other.example' });
    expect(usages()).toEqual([undefined, 0]);
  });

  it('puts a removed line back to its place', () => {
    const { map } = aMap(['a@x.example', ''], ['b@x.example', ''], ['c@x.example', '']);
    const undo = map.remove(map.lines()![1]!.key);
    expect(map.request().map(({ from }) => from)).toEqual(['a@x.example', 'c@x.example']);
    undo();
    expect(map.changed()).toBe(false);
  });

  it('names what is wrong with each line', () => {
    const { map } = aMap(
      ['ana', ''],
      ['ana@old.example', 'somewhere'],
      ['@old.example', 'ana@new.example'],
      ['ben@old.example', '@new.example'],
      ['cleo@old.example', 'cleo@new.example'],
      ['CLEO@old.example', 'someone@new.example'],
      ['cleo@old.example', 'Cleo@new.example'],
    );
    expect(problemsOf(map)).toEqual([
      { from: 'Enter an e-mail address, or @ and a domain.' },
      { to: 'Enter an e-mail address, or @ and a domain, or nothing for nobody.' },
      { to: 'An address becomes an address, and a domain becomes a domain.' },
      { to: 'An address becomes an address, and a domain becomes a domain.' },
      undefined,
      { from: 'Line 5 has another target for it. Remove one of the two.' },
      undefined,
    ]);
    expect(map.invalid()).toBe('5 of 7 lines have errors. F8 goes to the next one.');
  });

  it('refuses more lines than the API takes, and leaves out empty ones', () => {
    const { map } = aMap();
    map.add();
    expect(map.request()).toEqual([]);
    map.replace(Array.from({ length: MAX_PEOPLE_LINES + 1 }, (_, n) => ({ from: `p${n}@x.example`, to: '' })));
    expect(map.invalid()).toBe('20,001 lines. The maximum is 20,000.');
  });

  it('prevents a recount until its lines are loaded', () => {
    const { map, stored } = aMap();
    stored.set(undefined);
    expect(map.invalid()).toBe('The people map is loading.');
    stored.set([{ from: 'ana@old.example', to: '' }]);
    expect(map.invalid()).toBe('');
    expect(map.changed()).toBe(false);
  });
});
