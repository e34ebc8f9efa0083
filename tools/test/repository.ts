import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const generated = new Set(['.git', 'node_modules', 'dist', 'coverage', '.retort', '.turbo']);

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!generated.has(entry.name)) yield* walk(path);
    } else if (entry.isFile()) yield path;
  }
}

const all = [...walk(root)].map((path) => relative(root, path)).sort();

/** Files of the repository, generated ones left out, whose path relative to the root matches. */
export function filesOf(pattern: RegExp): string[] {
  return all.filter((path) => pattern.test(path));
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
