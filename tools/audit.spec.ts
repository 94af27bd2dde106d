import { verdictOn } from './audit.ts';

const answer = (report: {
  vulnerabilities?: { 'left-pad': { name: string; severity: string; range: string; fixAvailable: boolean } } | object;
  metadata?: { vulnerabilities: { high: number } } | { vulnerabilities: object; dependencies: { prod: number } };
  message?: string;
  error?: { summary: string };
}) => ({ timedOut: false, stdout: JSON.stringify(report), stderr: '' });

describe('npm run audit', () => {
  it('names vulnerable packages, and fails', () => {
    const vulnerability = { name: 'left-pad', severity: 'high', range: '<1.3.0', fixAvailable: true };
    const report = { vulnerabilities: { 'left-pad': vulnerability }, metadata: { vulnerabilities: { high: 1 } } };
    expect(verdictOn(answer(report))).toEqual({ status: 1, lines: ['left-pad <1.3.0: high, an update is available'] });
  });

  it('reports how much it has checked', () => {
    const report = { vulnerabilities: {}, metadata: { vulnerabilities: {}, dependencies: { prod: 114 } } };
    expect(verdictOn(answer(report))).toMatchObject({
      status: 0,
      lines: [expect.stringContaining('the 114 packages')],
    });
  });

  it.each([
    [
      'an error in JSON',
      answer({ message: 'request to … failed, reason: getaddrinfo ENOTFOUND', error: { summary: '' } }),
    ],
    ['an error in words', { timedOut: false, stdout: '', stderr: 'npm error audit endpoint returned an error\nmore' }],
    ['no answer', { timedOut: true, stdout: '', stderr: '' }],
  ])('neither fails nor reports success for %s', (_what, said) => {
    const { status, lines } = verdictOn(said);
    expect(status).toBe(0);
    expect(lines.join()).toMatch(/could not be queried.*Nothing was checked\.$/);
  });
});
