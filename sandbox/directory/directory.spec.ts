import { Directory } from './directory.ts';

describe('Directory', () => {
  let directory: Directory;
  let changes = 0;
  beforeEach(() => {
    changes = 0;
    directory = new Directory(
      () => 0,
      () => changes++,
    );
  });

  it('gives each domain its own organisation, and consumers none', () => {
    expect(directory.organizationOf('ana@one.example')?.primaryDomain).toBe('one.example');
    expect(directory.organizationOf('ana@gmail.com')).toBeUndefined();
    expect(directory.organizationOf('robot@p.iam.gserviceaccount.com')).toBeUndefined();
    expect(directory.isSameOrganization('ana@one.example', 'ANA@ONE.EXAMPLE')).toBe(true);
    expect(directory.isSameOrganization('ana@one.example', 'ben@two.example')).toBe(false);
    expect(directory.isSameOrganization('ana@gmail.com', 'ben@gmail.com')).toBe(false);
  });

  it('joins domains into one organisation, and removes them from another', () => {
    const { customerId } = directory.organizationOf('one.example')!;
    directory.setOrganization(['one.example', 'two.example']);
    expect(directory.isSameOrganization('ana@one.example', 'ben@two.example')).toBe(true);
    expect(directory.organizationOf('two.example')?.customerId).toBe(customerId);
    directory.setOrganization(['three.example', 'two.example']);
    expect(directory.organizationOf('one.example')?.domains).toEqual(['one.example']);
    expect(directory.isSameOrganization('ana@one.example', 'ben@two.example')).toBe(false);
    expect(() => directory.setOrganization(['gmail.com'])).toThrow('"gmail.com" cannot be a domain');
  });

  it('finds members through nested and circular groups, and notices changes', () => {
    directory.setGroup('all@one.example', ['team@one.example']);
    directory.setGroup('team@one.example', ['Ana@one.example', 'all@one.example', 'out@two.example']);
    expect(directory.isMember('all@one.example', 'ana@one.example')).toBe(true);
    expect(directory.isMember('ALL@one.example', 'OUT@two.example')).toBe(true);
    expect(directory.membersOf('all@one.example').sort()).toEqual(['ana@one.example', 'out@two.example']);
    directory.setGroup('team@one.example', []);
    expect(directory.isMember('all@one.example', 'ana@one.example')).toBe(false);
    expect(changes).toBe(3);
  });

  it('accepts everyone in an organisation as a member of a group', () => {
    directory.addPerson('ana@one.example', 'Ana One');
    const { customerId } = directory.organizationOf('one.example')!;
    directory.setGroup('all@one.example', [customerId]);
    expect(directory.isMember('all@one.example', 'ana@one.example')).toBe(true);
    expect(directory.isMember('all@one.example', 'ben@two.example')).toBe(false);
    expect(directory.membersOf('all@one.example')).toEqual(['ana@one.example']);
  });

  it('keeps its state after a restart', () => {
    directory.addPerson('ana@one.example', 'Ana Maria One');
    directory.updatePerson(directory.person('ana@one.example')!, { aliases: ['a@one.example'], suspended: true });
    directory.setOrganization(['one.example', 'two.example']);
    directory.setGroup('team@one.example', [{ email: 'ana@one.example', role: 'OWNER' }], 'The team');
    directory.setPolicy('one.example', { shareOut: false });
    const copy = new Directory(
      () => 0,
      () => undefined,
    );
    copy.restore(structuredClone(directory.state()));
    expect(copy.state()).toEqual(directory.state());
    expect(copy.person('A@one.example')).toMatchObject({ email: 'ana@one.example', familyName: 'Maria One' });
    expect(copy.isActive('ana@one.example')).toBe(false);
    expect(copy.isSameOrganization('one.example', 'two.example')).toBe(true);
    expect(copy.isMember('team@one.example', 'ana@one.example')).toBe(true);
    expect(copy.policyOf('ben@one.example')).toEqual({ shareOut: false });
  });
});
