import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { eventCatalog } from '@retort/contracts';
import { filesOf, read, root } from './repository.ts';

const workspaces = filesOf(/^(packages|services)\/[^/]+\/package\.json$/).map((path) =>
  path.replace('/package.json', ''),
);

/** The TypeScript blocks of a README, each as a module beside it. */
function examplesOf(readme: string): { path: string; source: string }[] {
  return [...read(readme).matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match, index) => ({
    path: join(root, readme.replace('README.md', `readme-example-${index + 1}.ts`)),
    source: match[1]!,
  }));
}

/** What the compiler says of modules that are not on disk, with the settings of the repository. */
function diagnose(modules: readonly { path: string; source: string }[]): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const settings = { ...options, composite: false, declaration: false, declarationMap: false, noEmit: true };
  const sources = new Map(modules.map(({ path, source }) => [path, source]));
  const host = ts.createCompilerHost(settings);
  const { readFile, fileExists } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  const program = ts.createProgram([...sources.keys()], settings, host);
  return [...sources.keys()].flatMap((path) =>
    [
      ...program.getSyntacticDiagnostics(program.getSourceFile(path)),
      ...program.getSemanticDiagnostics(program.getSourceFile(path)),
    ].map(({ messageText }) => `${path.slice(root.length)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  );
}

/** What a call of the kit puts on the record for a service. */
const recordedBy: Readonly<Record<string, readonly string[]>> = {
  runQueue: ['RUN_ENDED'],
  erasureLoop: ['ERASURE_STEP_COMPLETED'],
};

/** The event types that a folder's code names, in texts or as members. */
function eventTypesIn(folder: string): Set<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isStringLiteral(node)) {
      if (Object.hasOwn(eventCatalog, node.text)) found.add(node.text);
      for (const type of Object.hasOwn(recordedBy, node.text) ? recordedBy[node.text]! : []) found.add(type);
    }
    ts.forEachChild(node, visit);
  };
  for (const path of filesOf(new RegExp(`^${folder}/src/.*[.]ts$`)))
    visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest));
  return found;
}

describe('every package and every service', () => {
  it('has a README that begins with its name', () => {
    const missing = workspaces.filter((folder) => {
      const readme = `${folder}/README.md`;
      if (!existsSync(join(root, readme))) return true;
      const title = read(readme).split('\n')[0]!;
      return title !== `# @retort/${folder.split('/')[1]}` && title !== `# ${folder.split('/')[1]}`;
    });
    expect(missing).toEqual([]);
  });

  it.each(workspaces.filter((folder) => folder.startsWith('services/')))(
    '%s names the events that it consumes and emits, and no others',
    (folder) => {
      const named = read(`${folder}/README.md`).match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
      const types = named.filter((name) => Object.hasOwn(eventCatalog, name));
      expect([...new Set(types)].sort()).toEqual([...eventTypesIn(folder)].sort());
    },
  );

  it('shows examples that compile', () => {
    const examples = workspaces.flatMap((folder) => examplesOf(`${folder}/README.md`));
    expect(examples.length).toBeGreaterThan(10);
    expect(diagnose(examples)).toEqual([]);
  });

  it('would not show an example that uses what a package does not export', () => {
    const path = join(root, 'packages/kernel/readme-example.ts');
    const source = "import { nothing } from '@retort/kernel';\nnothing();\n";
    expect(diagnose([{ path, source }])).toHaveLength(1);
  });
});
