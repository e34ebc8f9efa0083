import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { listDecisions } from '@retort/contracts';
import { startTeacher, teacherModel } from '@retort/simulator';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestPlatform, type TestPlatform } from './harness.ts';

const run = promisify(execFile);
const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));

let platform: TestPlatform;

beforeAll(async () => {
  vi.stubEnv('RETORT_AUTO', 'false');
  platform = await startTestPlatform('examples');
}, 180_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
});

const environment = async () => ({
  ...process.env,
  RETORT_URL: platform.url(),
  RETORT_KEY: await platform.keyOf('default'),
});

describe('the examples', () => {
  it('record a decision with curl, read it back with its outcome, and are told that there is no student yet', async () => {
    const { stdout } = await run(`${examples}curl.sh`, { env: await environment() });
    const answers = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as unknown);
    expect(answers.at(-2)).toMatchObject({ agent_id: 'example', tool_selected: 'get_loan_balance' });
    expect(answers.at(-1)).toMatchObject({ served_by: 'none', call: null });
  });

  it('fail with the problem when the key is wrong', async () => {
    const failing = run(`${examples}curl.sh`, { env: { ...(await environment()), RETORT_KEY: 'rt_wrong' } });
    await expect(failing).rejects.toMatchObject({ stdout: expect.stringContaining('"status":401') as string });
  });

  it('let an agent in Node ask its teacher where there is no student, and record what the teacher decided', async () => {
    const teacher = await startTeacher({ seed: 1, noise: 0 });
    const { stdout } = await run(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', 'src/agent.ts', 'What do I still owe?'],
      {
        cwd: `${examples}node-agent`,
        env: {
          ...(await environment()),
          OPENAI_BASE_URL: teacher.url,
          OPENAI_API_KEY: 'none',
          TEACHER_MODEL: teacherModel,
        },
      },
    ).finally(() => teacher.close());
    expect(JSON.parse(stdout)).toEqual({
      decided_by: 'teacher',
      tool_selected: 'get_loan_balance',
      arguments: '{"loan_id":"LN-1001"}',
    });
    const query = { 'filter[agent_id][eq]': 'example-node-agent' };
    const recorded = await until(
      'the decision is recorded',
      async () => (await platform.read(listDecisions, { query })).data[0],
    );
    expect(recorded).toMatchObject({ tool_selected: 'get_loan_balance', tool_parameters: { loan_id: 'LN-1001' } });
  });
});
