// @ts-check
// For Jest: compiles a file as the build does, without checking its types, which `npm run lint` does.
import { dirname } from 'node:path';
import ts from 'typescript';

function readOptions() {
  const file = ts.findConfigFile(import.meta.dirname, ts.sys.fileExists) ?? '';
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, dirname(file));
  return {
    ...options,
    // A file compiled alone does not know that its package consists of ES modules.
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noEmit: false,
    // Jest finds a source beside its module, not where the build writes it.
    outDir: undefined,
    removeComments: true,
    sourceMap: true,
    inlineSources: true,
  };
}

const compilerOptions = readOptions();

export default {
  /** @type {(source: string, fileName: string) => { code: string, map: string }} */
  process(source, fileName) {
    const { outputText, sourceMapText = '' } = ts.transpileModule(source, { fileName, compilerOptions });
    return { code: outputText.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n'), map: sourceMapText };
  },
};
