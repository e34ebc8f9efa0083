import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesOf, read } from './repository.ts';

interface Manifest {
  name: string;
  exports?: unknown;
  dependencies?: Record<string, string>;
}

const folders = filesOf(/^(packages|services)\/[^/]+\/package\.json$/).map((path) => dirname(path));
const manifestOf = (folder: string) => JSON.parse(read(`${folder}/package.json`)) as Manifest;
const folderOf = new Map(folders.map((folder) => [manifestOf(folder).name, folder]));

/** The project references of a folder, as paths from the root. */
function referencesOf(folder: string): string[] {
  const { references = [] } = JSON.parse(read(`${folder}/tsconfig.json`)) as { references?: { path: string }[] };
  return references.map(({ path }) => join(folder, path));
}

/** The folders of the workspace that a package depends on at run time. */
function dependenciesOf(folder: string): string[] {
  return Object.keys(manifestOf(folder).dependencies ?? {}).flatMap((name) => folderOf.get(name) ?? []);
}

describe('every package and every service', () => {
  it('references the projects that it depends on', () => {
    const missing = folders.flatMap((folder) => {
      const references = new Set(referencesOf(folder));
      return dependenciesOf(folder)
        .filter((dependency) => !references.has(dependency))
        .map((dependency) => `${folder}/tsconfig.json lacks ${dependency}`);
    });
    expect(missing).toEqual([]);
  });

  it('is reached by the build', () => {
    const { references } = JSON.parse(read('tsconfig.json')) as { references: { path: string }[] };
    const reached = new Set<string>();
    const visit = (folder: string): void => {
      if (reached.has(folder)) return;
      reached.add(folder);
      referencesOf(folder).forEach(visit);
    };
    references.forEach(({ path }) => visit(join(path)));
    expect(folders.filter((folder) => !reached.has(folder))).toEqual([]);
  });
});

describe('the owners of code', () => {
  it('are named for every package and service', () => {
    const owners = read('.github/CODEOWNERS');
    expect(folders.filter((folder) => !owners.includes(`/${folder}/ `))).toEqual([]);
  });
});

describe('the platform', () => {
  it('hosts every service', () => {
    const hosted = read('services/standalone/src/services.ts');
    const services = folders.filter((folder) => folder.startsWith('services/') && manifestOf(folder).exports);
    expect(services.length).toBeGreaterThan(1);
    expect(services.filter((folder) => !hosted.includes(`'${manifestOf(folder).name}'`))).toEqual([]);
  });
});
