import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const template = join(import.meta.dirname, 'template', 'service');
const templateFiles = ['package.json', 'tsconfig.json', 'README.md', 'src/main.ts', 'src/service.ts'];
const host = 'services/standalone';

/** The files that make a service and make the platform host it, by path from the repository's root.
 *  @param read what a file of the repository holds now
 *  @throws Error when the name cannot be one */
export function serviceFiles(name: string, read: (path: string) => string): Map<string, string> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new Error(`"${name}" cannot be a service's name: lower-case words joined by dashes, such as fraud-watch.`);
  const own = templateFiles.map((path): [string, string] => [
    `services/${name}/${path}`,
    readFileSync(join(template, path), 'utf8').replaceAll('example-service', name),
  ]);
  const change = (path: string, edit: (content: string) => string): [string, string] => [path, edit(read(path))];
  return new Map([
    ...own,
    change(`${host}/package.json`, (content) => withDependency(content, name)),
    change(`${host}/tsconfig.json`, (content) => withReference(content, name)),
    change(`${host}/src/services.ts`, (content) => withService(content, name)),
  ]);
}

function withDependency(content: string, name: string): string {
  const manifest = JSON.parse(content) as { dependencies: Record<string, string> };
  manifest.dependencies[`@retort/${name}`] = 'workspace:*';
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function withReference(content: string, name: string): string {
  const end = content.lastIndexOf('\n  ]');
  return `${content.slice(0, end)},\n    {\n      "path": "../${name}"\n    }${content.slice(end)}`;
}

/** Imported in alphabetical order, hosted last. */
function withService(content: string, name: string): string {
  const variable = name.replaceAll(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase());
  const line = `import { service as ${variable} } from '@retort/${name}';`;
  const lines = content.split('\n');
  const before = lines.findIndex((one) => one.startsWith('import') && (one > line || !one.includes('service as')));
  lines.splice(before, 0, line);
  lines.splice(lines.lastIndexOf('];'), 0, `  ${variable},`);
  return lines.join('\n');
}
