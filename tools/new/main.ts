import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serviceFiles } from './service.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [kind, name] = process.argv.slice(2);

function run(): void {
  if (kind !== 'service' || name === undefined) throw new Error('Usage: pnpm new service <name>');
  if (existsSync(join(root, 'services', name))) throw new Error(`There is a service ${name} already.`);
  for (const [path, content] of serviceFiles(name, (file) => readFileSync(join(root, file), 'utf8'))) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    console.log(path);
  }
  console.log('\nNext: pnpm install --no-frozen-lockfile, then docs/how-to/add-service.md.');
}

try {
  run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
