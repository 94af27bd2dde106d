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
    sourceMap: false,
    inlineSourceMap: true,
    inlineSources: true,
  };
}

const compilerOptions = readOptions();

export default {
  /** @type {(source: string, fileName: string) => { code: string }} */
  process: (source, fileName) => ({ code: ts.transpileModule(source, { fileName, compilerOptions }).outputText }),
};
