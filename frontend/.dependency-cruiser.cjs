// Imports point inward: features → core → ui → texts → api. Paths are relative to frontend/, where the rule runs.
const specs = '\\.spec\\.ts$';
const app = '^src/app/';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment:
        'Types alone may refer to each other: a language is loaded by the catalogue that says what it must hold.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'features-do-not-import-each-other',
      comment: 'What two features share belongs in core/ (state, services) or ui/ (presentation).',
      severity: 'error',
      from: { path: `${app}features/([^/]+)/` },
      to: { path: `${app}features/`, pathNot: `${app}features/$1/` },
    },
    {
      name: 'core-imports-no-feature',
      severity: 'error',
      from: { path: `${app}core/` },
      to: { path: app, pathNot: `${app}(core|ui|texts|api)/` },
    },
    {
      name: 'ui-imports-no-state',
      comment:
        'Components in ui/ take inputs and emit outputs: of core/ they use types, pure functions and the width of the screen.',
      severity: 'error',
      from: { path: `${app}ui/` },
      to: {
        path: app,
        pathNot: `${app}(ui|texts)/|${app}core/(side|formats|viewport)\\.ts$`,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'texts-import-only-the-contract',
      comment: 'And the preference that names the language.',
      severity: 'error',
      from: { path: `${app}texts/`, pathNot: specs },
      to: { path: app, pathNot: `${app}((texts|api)/|core/preferences\\.ts$)` },
    },
    {
      name: 'api-is-generated',
      comment: 'npm run openapi replaces the folder; code of ours would be lost.',
      severity: 'error',
      from: { path: `${app}api/` },
      to: { path: '^src/', pathNot: `${app}api/` },
    },
    {
      name: 'product-imports-no-test',
      severity: 'error',
      from: { path: '^src/', pathNot: `${specs}|^src/testing/` },
      to: { path: `^src/testing/|${specs}` },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
