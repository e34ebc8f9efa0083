import { listDecisions, type DecisionView } from '@retort/contracts';
import { formats } from '@retort/import';
import { temporaryFolder } from '@retort/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectApi, type Api } from '../../src/api.ts';
import { importLog } from '../../src/import/import.ts';
import { curate, postDecisions, waitForProjections } from '../../src/loop.ts';
import { launchPlatform, type Platform } from '../../src/platform.ts';
import { ask, definitions, instructions, model, questions, type Exchanges } from './exchanges.ts';
import { logs } from './logs.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const platforms: Platform[] = [];
let imported: Api;
let posted: Api;
let exchanges: Exchanges;

beforeAll(async () => {
  folder = await temporaryFolder('import-formats');
  const start = async (name: string) => {
    const environment = { RETORT_AUTO: 'false' };
    const platform = await launchPlatform({ folder: join(folder.path, name), port: 0, environment });
    platforms.push(platform);
    return connectApi(platform);
  };
  [imported, posted, exchanges] = await Promise.all([start('imported'), start('posted'), ask()]);
}, 120_000);
afterAll(async () => {
  await Promise.all(platforms.map((platform) => platform.stop()));
  await folder.remove();
});

async function decisionsOf(api: Api, agent: string): Promise<DecisionView[]> {
  const decisions: DecisionView[] = [];
  for await (const row of api.lines(listDecisions, { query: { 'filter[agent_id][eq]': agent } })) decisions.push(row);
  return decisions;
}

/** Of the training data that curation makes of an agent's decisions. */
async function digestOf(api: Api, agent: string): Promise<string> {
  await waitForProjections(api);
  const { result } = await curate(api, { agents: [agent] }, () => undefined);
  expect(result!.rows).toBe(questions.length);
  return result!.digest;
}

/** What an agent would have posted: what the log says, no more. */
function byHand(agent: string, { id, context, ...told }: DecisionView) {
  const { customer, query, tool } = questions.find((question) => question.query === context['query'])!;
  return {
    id,
    agent_id: agent,
    context: { instructions, query },
    tools_available: definitions,
    tool_selected: tool,
    tool_parameters: { customer },
    ...(told.group && { group: told.group }),
    ...(told.teacher_model && { teacher_model: model }),
  };
}

describe('the same exchanges', () => {
  it('are written by every format that there is', () => {
    expect(Object.keys(logs).sort()).toEqual(formats.map(({ name }) => name).sort());
  });

  it.each(formats.map(({ name }) => name))(
    'from %s add nothing a second time, and are the data set of posting them',
    async (name) => {
      const path = join(folder.path, `${name}.log`);
      await writeFile(path, await logs[name]!(exchanges));
      const agentId = `from-${name}`;
      const run = () =>
        importLog(
          { format: formats.find((format) => format.name === name)!, path, agentId, tools: null },
          {
            api: imported,
            progress: { step: () => undefined, done: () => undefined },
            signal: new AbortController().signal,
          },
        );
      const all = questions.length;
      expect(await run()).toMatchObject({
        recorded: all,
        duplicates: 0,
        unusable: [],
        refused: [],
        tools_inferred: [],
      });
      expect(await run()).toMatchObject({ recorded: 0, duplicates: all });
      await waitForProjections(imported);
      const came = await decisionsOf(imported, agentId);
      const lines = came.map((decision, line) => ({ line, decision: byHand(agentId, decision) }));
      expect((await postDecisions(posted, lines, () => undefined)).recorded).toBe(all);
      expect(await digestOf(imported, agentId)).toBe(await digestOf(posted, agentId));
    },
  );
}, 120_000);
