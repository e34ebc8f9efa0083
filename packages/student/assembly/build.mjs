import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const folder = new URL('./', import.meta.url);
const target = new URL('../src/kernels/module.ts', import.meta.url);

/** The source of `src/kernels/module.ts` as the kernels compile now. */
async function compileKernels() {
  let binary;
  const { error, stderr } = await asc.main(
    [
      'kernels.ts',
      ...['--outFile', 'kernels.wasm', '--runtime', 'stub', '--importMemory', '--enable', 'simd'],
      ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert'],
    ],
    {
      readFile: (name) => {
        try {
          return readFileSync(new URL(name, folder), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`The kernels do not compile: ${error.message}\n${stderr}`);
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,100}/g);
  return [
    '/** `assembly/kernels.ts`, compiled: made by `pnpm kernels`, never by hand. */',
    'export const KERNELS_BASE64 =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

const module = await compileKernels();
if (process.argv.includes('--print')) process.stdout.write(module);
else writeFileSync(target, module);
