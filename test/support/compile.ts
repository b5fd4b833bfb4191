import { join } from "node:path";
import ts from "typescript";

import { repository } from "./markdown";

/** Compiler options of a user with a strict editor; the package is this repository's source. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Node16,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  esModuleInterop: true,
  noEmit: true,
  types: ["node"],
  paths: { "pulumi-mosquitto-pi": [join(repository, "sdk/index.ts")] },
};

/** A program of sources that are in no file: by path from the repository's root. */
export function program(sources: Readonly<Record<string, string>>): ts.Program {
  const disk = ts.createCompilerHost(OPTIONS);
  const virtual = new Map(Object.entries(sources).map(([path, text]) => [join(repository, path), text]));
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => virtual.has(path) || disk.fileExists(path),
    readFile: (path) => virtual.get(path) ?? disk.readFile(path),
    getSourceFile: (path, language, ...rest) => {
      const text = virtual.get(path);
      return text === undefined
        ? disk.getSourceFile(path, language, ...rest)
        : ts.createSourceFile(path, text, language);
    },
    getCurrentDirectory: () => repository,
  };
  return ts.createProgram([...virtual.keys()], OPTIONS, host);
}

/** What the compiler says about one of the program's sources, a line each. */
export function complaints(compiled: ts.Program, path: string): string[] {
  const source = compiled.getSourceFile(join(repository, path));
  if (source === undefined) throw new Error(`not in the program: ${path}`);
  return [...compiled.getSyntacticDiagnostics(source), ...compiled.getSemanticDiagnostics(source)].map(
    ({ start, messageText }) =>
      `line ${source.getLineAndCharacterOfPosition(start ?? 0).line + 1}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
  );
}

/** The names of all properties that a type exported from the SDK has. */
export function properties(compiled: ts.Program, type: string): string[] {
  const checker = compiled.getTypeChecker();
  const index = compiled.getSourceFile(join(repository, "sdk/index.ts"));
  const module = index && checker.getSymbolAtLocation(index);
  const symbol = module && checker.getExportsOfModule(module).find(({ name }) => name === type);
  if (symbol === undefined) throw new Error(`sdk/index.ts does not export ${type}`);
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return checker
    .getDeclaredTypeOfSymbol(target)
    .getProperties()
    .map(({ name }) => name);
}
