import { resolve } from 'node:path';
import { formats } from '@retort/import';
import { fault } from '@retort/kernel';
import { Option, type Command } from 'commander';
import { connectApi } from '../api.ts';
import { importLog, type ImportReport } from '../import/import.ts';
import { count } from '../terminal/format.ts';
import { terminalProgress } from '../terminal/progress.ts';
import { report } from '../terminal/report.ts';
import { toolsOf } from '../toolset-file.ts';
import { abortOnInterrupt } from './options.ts';

interface Options {
  from: string;
  agent: string;
  tools?: string;
  url: string;
  key?: string;
  dryRun?: boolean;
  json?: boolean;
}

export function addImport(program: Command): void {
  program
    .command('import')
    .description('post the decisions that a log of another tool holds; a second time adds nothing')
    .argument('<path>', 'a file or a folder: JSON lines, one JSON list, or CSV; plain or gzip')
    .addOption(
      new Option('--from <format>', 'who wrote the log').choices(formats.map(({ name }) => name)).makeOptionMandatory(),
    )
    .option('--agent <id>', 'the agent of whatever names none', 'imported')
    .option(
      '--tools <file>',
      'the tools that were offered, where the log does not say (default: inferred from the calls)',
    )
    .addOption(new Option('--url <url>', 'the platform').env('RETORT_URL').default('http://127.0.0.1:4000'))
    .addOption(new Option('--key <key>', 'a key with decisions:write').env('RETORT_KEY'))
    .option('--dry-run', 'read and count; post nothing')
    .option('--json', 'print the report as one JSON object on the last line of stdout')
    .addHelpText(
      'after',
      `\nFormats:\n${formats.map(({ name, description }) => `  ${name}: ${description}`).join('\n')}`,
    )
    .action(async (path: string, { from, agent, tools, url, key, dryRun = false, json = false }: Options) => {
      if (!dryRun && key === undefined) throw keyMissing();
      const signal = abortOnInterrupt();
      const progress = terminalProgress();
      const imported = await importLog(
        {
          format: formats.find(({ name }) => name === from)!,
          path: resolve(path),
          agentId: agent,
          tools: tools === undefined ? null : await toolsOf(resolve(tools)),
        },
        { api: dryRun ? null : connectApi({ url, apiKey: key ?? '' }, signal), progress, signal },
      ).finally(() => progress.done());
      process.stdout.write(`${json ? JSON.stringify(imported) : describe(imported)}\n`);
      if (imported.decisions === 0) throw nothingFound(imported);
    });
}

function nothingFound({ records, format }: ImportReport) {
  return fault('cli.no-decisions', {
    public: `None of ${count(records)} records holds a decision: is this a log of ${format}?`,
  });
}

function keyMissing() {
  return fault('cli.key-missing', {
    public: 'Posting needs a key with the scope decisions:write: --key, or RETORT_KEY. --dry-run needs none.',
  });
}

function describe(imported: ImportReport): string {
  const { answers, tools_inferred: inferred } = imported;
  const lost = [...imported.unusable, ...imported.refused];
  return report(imported.dry_run ? 'Dry run: nothing was posted' : 'Imported', [
    [
      ['read', `${count(imported.records)} records of ${count(imported.files)} files`],
      [
        'decisions',
        `${count(imported.decisions)} (${count(answers.call)} with one call, ${count(answers.calls)} with several, ${count(answers.words)} in words)`,
      ],
      ...(imported.arguments_unknown === 0
        ? []
        : [
            [
              'without arguments',
              `${count(imported.arguments_unknown)}: the log does not hold them as JSON; the tool still counts`,
            ] as const,
          ]),
      ['agents, sessions', `${count(imported.agents)}, ${count(imported.sessions)}`],
      ...(inferred.length === 0
        ? []
        : [
            [
              'tools',
              `${count(inferred.length)} inferred from calls: the log does not describe them; --tools <file> does better`,
            ] as const,
          ]),
    ],
    ...(imported.dry_run
      ? []
      : [
          [
            [
              'recorded',
              `${count(imported.recorded)} (${count(imported.used_in_part)} without arguments that were refused)`,
            ],
            ['known before', count(imported.duplicates)],
          ] as const,
        ]),
    ...(lost.length === 0
      ? []
      : [
          lost.map(
            ({ count: times, message, examples }) =>
              ['left out', `${count(times)}: ${message}; ${examples.join(', ')}`] as const,
          ),
        ]),
  ]);
}
