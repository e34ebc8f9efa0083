import { resolve } from 'node:path';
import { getStatus, type StatusView } from '@retort/contracts';
import { Option, type Command } from 'commander';
import { connectApi } from '../api.ts';
import { platformAt, type Address } from '../running-platform.ts';
import { count, percent } from '../terminal/format.ts';
import { report, type ReportRow } from '../terminal/report.ts';
import { abortOnInterrupt } from './options.ts';

interface Options extends Address {
  json?: boolean;
}

/** The options that name a platform which runs. */
export function addAddress(command: Command): Command {
  return command
    .addOption(
      new Option('--url <url>', 'the platform (default: the one that runs on the data folder)').env('RETORT_URL'),
    )
    .addOption(new Option('--key <key>', 'a key of it').env('RETORT_KEY'))
    .option('--data <folder>', 'data folder', '.retort');
}

export function addStatus(program: Command): void {
  addAddress(
    program
      .command('status')
      .description('what came in, what is missing until the next step, what was refused, what serves'),
  )
    .option('--json', 'print the status as one JSON object')
    .action(async ({ json = false, ...address }: Options) => {
      const platform = await platformAt({ ...address, data: resolve(address.data) });
      const status = await connectApi(platform, abortOnInterrupt()).call(getStatus);
      process.stdout.write(`${json ? JSON.stringify(status) : inWords(status, platform.url)}\n`);
    });
}

export function inWords({ decisions, agents, next, models }: StatusView, url: string): string {
  return report(`Retort at ${url}`, [
    [
      ['decisions', `${count(decisions)} of ${count(agents.length)} ${agents.length === 1 ? 'agent' : 'agents'}`],
      ...agents
        .slice(0, mostAgents)
        .map(({ agent_id, ...agent }): ReportRow => [
          `  ${agent_id}`,
          `${count(agent.decisions)} with ${count(agent.tools)} tools, the last ${agent.last_decision_at}`,
        ]),
      ...(agents.length > mostAgents ? [['', `and ${count(agents.length - mostAgents)} more`] as const] : []),
    ],
    [['next', next.message]],
    ...models.map(modelRows),
  ]);
}

const mostAgents = 10;

function modelRows({ model, serving, refusal, versions }: StatusView['models'][number]): ReportRow[] {
  const covered = serving?.coverage ?? null;
  return [
    ['model', `${model}, ${count(versions)} ${versions === 1 ? 'version' : 'versions'}`],
    [
      'serves',
      serving === null
        ? 'nothing: every turn goes to the teacher'
        : `${serving.model_version}${covered === null ? '' : `, ${percent(covered)} of the turns it was tested on`}. ${serving.guarantee}`,
    ],
    ...(refusal === null
      ? []
      : [
          ...refusal.reasons.map(({ message }): ReportRow => [`refused ${refusal.model_version}`, message]),
          ...refusal.helps.map((help): ReportRow => ['what helps', help]),
        ]),
  ];
}
