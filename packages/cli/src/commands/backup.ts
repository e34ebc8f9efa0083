import { resolve } from 'node:path';
import type { Command } from 'commander';
import { backup } from '../backup/backup.ts';
import { restore } from '../backup/restore.ts';
import { requireDataFolder } from '../running-platform.ts';
import { table } from '../terminal/format.ts';

export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('copy the data folder, also while the platform runs on it')
    .requiredOption('--to <folder>', 'a folder that is empty or not there')
    .option('--data <folder>', 'data folder', '.retort')
    .option('--json', 'print one JSON object')
    .action(async ({ data, to, json }: { data: string; to: string; json?: boolean }) => {
      await requireDataFolder(resolve(data));
      const made = await backup({ data: resolve(data), target: resolve(to) });
      print('Backup', { folder: resolve(to), ...made }, json);
    });
  program
    .command('restore')
    .description('make a data folder of a backup, and compare its log with the hash chain')
    .requiredOption('--from <folder>', 'the backup')
    .option('--data <folder>', 'data folder: empty or not there', '.retort')
    .option('--json', 'print one JSON object')
    .action(async ({ data, from, json }: { data: string; from: string; json?: boolean }) => {
      const restored = await restore({ source: resolve(from), data: resolve(data) });
      print('Restored', { folder: resolve(data), ...restored }, json);
    });
}

function print(title: string, result: Record<string, unknown>, json = false): void {
  const rows = Object.entries(result).map(([name, value]): [string, string] => [
    name.replaceAll('_', ' '),
    String(value),
  ]);
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${table(title, rows)}\n`);
}
