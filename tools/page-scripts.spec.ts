import { withPageScripts } from './page-scripts.ts';

const needs = (...paths: string[]) => paths.map((path) => ({ path, kind: 'import-statement' }));
const stats = {
  outputs: {
    'main.js': { entryPoint: 'src/main.ts', imports: needs('core.js') },
    'core.js': { imports: [] },
    'move.js': {
      entryPoint: 'src/move.ts',
      imports: [...needs('core.js', 'menu.js'), { path: 'dialog.js', kind: 'dynamic-import' }],
    },
    'menu.js': { imports: needs('overlay.js', 'core.js') },
    'overlay.js': { imports: needs('menu.js') },
    'dialog.js': { imports: [] },
  },
};
const page = (entry: string) =>
  `<div data-path="/move" data-scripts-of="${entry}"></div><link rel="modulepreload" href="core.js" nonce="n"><script src="main.js" type="module"></script>`;

describe('the scripts of a page', () => {
  it('are all that it imports, directly or not, and that the first load lacks', () => {
    expect(withPageScripts(page('src/move.ts'), stats)).toContain('data-scripts="move.js menu.js overlay.js"');
  });

  it('load like the first ones without delaying the first paint', () => {
    const built = withPageScripts(page('src/move.ts'), stats);
    expect(built).toContain('<link fetchpriority="low" rel="modulepreload" href="core.js" nonce="n">');
    expect(built).toContain('<script fetchpriority="low" src="main.js" type="module">');
  });

  it('must belong to an existing page', () => {
    expect(() => withPageScripts(page('src/moved.ts'), stats)).toThrow('index.html names src/moved.ts');
  });
});
