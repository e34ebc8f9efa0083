import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';

/** `pnpm test:chaos [--store eventstoredb] [--rounds N]`: what is ours, or the event store named, is killed under load. */
const { values, positionals } = parseArgs({
  options: { store: { type: 'string' }, rounds: { type: 'string' } },
  allowPositionals: true,
});
if (values.store !== undefined && values.store !== 'eventstoredb') {
  process.stderr.write('--store eventstoredb: the one event store that has a chaos test of its own\n');
  process.exit(2);
}
const files = [...(values.store === undefined ? [] : ['eventstoredb.chaos.ts']), ...positionals];
const child = spawn('vitest', ['run', '--config', 'vitest.chaos.config.ts', ...files], {
  stdio: 'inherit',
  env: { ...process.env, ...(values.rounds !== undefined && { RETORT_CHAOS_ROUNDS: values.rounds }) },
});
const [code] = (await once(child, 'exit')) as [number | null];
process.exitCode = code ?? 1;
