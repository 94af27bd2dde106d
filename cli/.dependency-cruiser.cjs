// The command line is a package of its own that knows the product only by its API: it imports Node, its own files and what
// its package.json names.
module.exports = {
  forbidden: [
    {
      name: 'nothing-of-the-product',
      comment: 'Its tests may use the tools of this repository, which start a product; the package holds no test.',
      severity: 'error',
      from: { pathNot: '\\.spec\\.ts$' },
      to: { path: '^\\.\\./', pathNot: 'node_modules' },
    },
    {
      name: 'tests-use-tools-only',
      severity: 'error',
      from: { path: '\\.spec\\.ts$' },
      to: { path: '^\\.\\./(backend|frontend|sandbox)/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-orphans',
      comment: 'Every file is part of the program or a test.',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.(cjs|mjs)$|\\.spec\\.ts$' },
      to: {},
    },
    {
      name: 'only-named-packages',
      severity: 'error',
      from: { pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|^\\.\\./' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
