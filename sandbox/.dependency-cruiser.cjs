// The sandbox is a package of its own: it imports Node, its own files and what its package.json names.
module.exports = {
  forbidden: [
    {
      name: 'nothing-of-the-product',
      comment: 'Its tests may use the tools of this repository, as they use its runner; the package holds no test.',
      severity: 'error',
      from: { pathNot: '\\.spec\\.ts$|^testing/' },
      to: { path: '^\\.\\./(backend|frontend|tools)/' },
    },
    {
      name: 'no-circular-code',
      comment:
        'Types alone may be circular: the rows of endpoints are typed by the services that hold the classes that declare the rows.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'tests-use-tools-only',
      severity: 'error',
      from: { path: '\\.spec\\.ts$|^testing/' },
      to: { path: '^\\.\\./(backend|frontend)/' },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'only-named-packages',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
