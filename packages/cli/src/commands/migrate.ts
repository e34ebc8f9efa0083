import { verifyAuditEvents } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { Command } from 'commander';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectApi } from '../api.ts';
import { fromSource, launchPlatform } from '../platform.ts';
import { requireDataFolder } from '../running-platform.ts';
import { table } from '../terminal/format.ts';
import { terminalProgress } from '../terminal/progress.ts';

const main = fromSource ? 'src/move-main.ts' : 'dist/move-main.js';
const entry = fileURLToPath(new URL(`../../../../services/standalone/${main}`, import.meta.url));

/** Settings that name the servers to which a folder is moved: the platform on the folder has none of them. */
const ofServers = /^RETORT_(EVENT_STORE|BUS|KAFKA|DATABASE|ARTIFACTS|S3)/;

type Message =
  | { type: 'progress'; step: string; done: number }
  | { type: 'moved'; moved: Record<string, unknown> }
  | { type: 'failed'; code?: string; message?: string };

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description(
      'move a data folder onto the servers that RETORT_… names: log, artifacts, keys; verified by the hash chain',
    )
    .option('--data <folder>', 'data folder, on which no platform runs', '.retort')
    .option('--dry-run', 'say what would be moved')
    .option('--json', 'print one JSON object')
    .action(async ({ data, dryRun = false, json }: { data: string; dryRun?: boolean; json?: boolean }) => {
      const folder = resolve(data);
      await requireDataFolder(folder);
      const progress = terminalProgress();
      try {
        progress.step('verifying the hash chain');
        const chain = await verifiedChain(folder);
        const moved = await move({ folder, dryRun, onStep: (step, done) => progress.step(step, 0, done) });
        const report = { ...moved, chain_events: chain.events, chain_head: chain.head_hash };
        const rows = Object.entries(report).map(([name, value]): [string, string] => [
          name.replaceAll('_', ' '),
          String(value),
        ]);
        process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${table('Moved', rows)}\n`);
      } finally {
        progress.done();
      }
    });
}

/** What the folder's own chain says of its log before any of it is moved. */
async function verifiedChain(folder: string) {
  const names = Object.keys(process.env).filter((name) => ofServers.test(name));
  const environment = { ...Object.fromEntries(names.map((name) => [name, undefined])), RETORT_AUTO: 'false' };
  const platform = await launchPlatform({ folder, port: 0, environment });
  try {
    const verified = await connectApi(platform).call(verifyAuditEvents);
    if (!verified.intact)
      throw fault('move.chain-broken', {
        public: `The log is not what its hash chain says: ${JSON.stringify(verified.first_difference)}.`,
      });
    return verified;
  } finally {
    await platform.stop();
  }
}

async function move(asked: {
  folder: string;
  dryRun: boolean;
  onStep(step: string, done: string): void;
}): Promise<Record<string, unknown>> {
  const child = fork(entry, [], {
    execArgv: fromSource ? process.execArgv : [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, RETORT_MOVE_FROM: asked.folder, RETORT_MOVE_DRY_RUN: String(asked.dryRun) },
  });
  let moved: Record<string, unknown> | undefined;
  let failed: { code?: string; message?: string } | undefined;
  child.on('message', (message: Message) => {
    if (message.type === 'progress') asked.onStep(message.step, message.done.toLocaleString('en-US'));
    else if (message.type === 'moved') moved = message.moved;
    else failed = message;
  });
  await once(child, 'exit');
  if (moved) return moved;
  throw fault('cli.run-failed', {
    public: failed?.message ?? 'The folder was not moved; run the command again: what came over stays.',
  });
}
