import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decisionView } from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import { startTeacher, teacherModel } from '@retort/simulator';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';

const run = promisify(execFile);
const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let key: string;

beforeAll(async () => {
  vi.stubEnv('RETORT_AUTO', 'false');
  database = await testDatabase();
  folder = await temporaryFolder('examples');
  platform = await startPlatform(
    standaloneConfig.parse({
      databaseUrl: database.url,
      dataFolder: folder.path,
      port: 0,
      logLevel: 'silent',
      drainDelayMs: 0,
    }),
    createLogger({ level: 'silent' }),
  );
  key = await platform.folderKey();
}, 180_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await database.drop();
  await folder.remove();
});

const environment = () => ({ ...process.env, RETORT_URL: platform.url, RETORT_KEY: key });

describe('the examples', () => {
  it('record a decision with curl, read it back with its outcome, and are told that there is no student yet', async () => {
    const { stdout } = await run(`${examples}curl.sh`, { env: environment() });
    const answers = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as unknown);
    expect(answers.at(-2)).toMatchObject({ agent_id: 'example', tool_selected: 'get_loan_balance' });
    expect(answers.at(-1)).toMatchObject({ served_by: 'none', call: null });
  });

  it('fail with the problem when the key is wrong', async () => {
    const failing = run(`${examples}curl.sh`, { env: { ...environment(), RETORT_KEY: 'rt_wrong' } });
    await expect(failing).rejects.toMatchObject({ stdout: expect.stringContaining('"status":401') as string });
  });

  it('let an agent in Node ask its teacher where there is no student, and record what the teacher decided', async () => {
    const teacher = await startTeacher({ seed: 1, noise: 0 });
    const { stdout } = await run(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', 'src/agent.ts', 'What do I still owe?'],
      {
        cwd: `${examples}node-agent`,
        env: { ...environment(), OPENAI_BASE_URL: teacher.url, OPENAI_API_KEY: 'none', TEACHER_MODEL: teacherModel },
      },
    ).finally(() => teacher.close());
    expect(JSON.parse(stdout)).toEqual({
      decided_by: 'teacher',
      tool_selected: 'get_loan_balance',
      arguments: '{"loan_id":"LN-1001"}',
    });
    const list = z.object({ data: z.array(decisionView) });
    const recorded = await until('the decision is recorded', async () => {
      const answer = await fetch(`${platform.url}/api/v1/decisions?filter%5Bagent_id%5D%5Beq%5D=example-node-agent`, {
        headers: { authorization: `Bearer ${key}` },
      });
      return list.parse(await answer.json()).data[0];
    });
    expect(recorded).toMatchObject({ tool_selected: 'get_loan_balance', tool_parameters: { loan_id: 'LN-1001' } });
  });
});
