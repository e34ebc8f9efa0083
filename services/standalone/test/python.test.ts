import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decisionInput, getDecision, listDecisions, predict, recordDecisions, urlOf } from '@retort/contracts';
import { hasPython, temporaryFolder, until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestPlatform, type TestPlatform } from './harness.ts';

const run = promisify(execFile);
const client = fileURLToPath(new URL('../../../clients/python/', import.meta.url));

describe.skipIf(!hasPython())('the Python package (skipped without python3 of 3.10 and its venv)', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let platform: TestPlatform;
  beforeAll(async () => {
    vi.stubEnv('RETORT_AUTO', 'false');
    folder = await temporaryFolder('python');
    await run('python3', ['-m', 'venv', join(folder.path, 'venv')]);
    await run(join(folder.path, 'venv/bin/pip'), ['install', '--quiet', `${client}[pandas]`]);
    platform = await startTestPlatform('python');
  }, 600_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await platform.close();
    await folder.remove();
  });

  async function python(source: string, environment: Record<string, string> = {}) {
    const path = join(folder.path, 'program.py');
    await writeFile(path, source);
    const env = { ...process.env, RETORT_URL: platform.url(), RETORT_KEY: await platform.keyOf('default') };
    return run(join(folder.path, 'venv/bin/python'), [path], { env: { ...env, ...environment } });
  }
  const decisionsOf = async (agent: string) =>
    (await platform.read(listDecisions, { query: { 'filter[agent_id][eq]': agent } })).data;

  it('does what its README shows', async () => {
    const readme = await readFile(join(client, 'README.md'), 'utf8');
    const [, example] = /^```python[^\n]*\n([\s\S]*?)^```/m.exec(readme)!;
    const { stdout, stderr } = await python(example!);
    expect(stderr).toBe('');
    expect(stdout).toContain('none None');
    expect(stdout).toContain('decision');
    const [decision] = await until('the decision is read', async () => {
      const found = await decisionsOf('account-agent');
      return found[0]?.outcome ? found : undefined;
    });
    expect(decision).toMatchObject({
      tool_parameters: { account: 'AT61' },
      group: 'session-1',
      outcome: { success: true, execution_time_ms: 12 },
    });
  });

  it('loses nothing of a program that just ends, and keeps the tool of a call that violates its schema', async () => {
    const { stderr } = await python(`
from os import environ
from retort import Recorder
recorder = Recorder(environ["RETORT_URL"], environ["RETORT_KEY"])
tools = [{"name": "get_balance", "parameters": {"type": "object", "properties": {"account": {"type": "string"}}}}]
for number in range(250):
    recorder.record({"id": f"p-{number}", "agent_id": "ends", "context": {"query": f"question {number}"},
        "tools_available": tools, "tool_selected": "get_balance", "tool_parameters": {"account": 7 if number == 0 else "a"}})
`);
    expect(stderr).toBe('');
    const last = await until('the last decision is read', () =>
      platform.read(getDecision, { params: { id: 'p-249' } }).catch(() => undefined),
    );
    expect(last).toMatchObject({ tool_parameters: { account: 'a' } });
    const violating = await until('the first one is read', () =>
      platform.read(getDecision, { params: { id: 'p-0' } }).catch(() => undefined),
    );
    expect(violating).toMatchObject({ tool_selected: 'get_balance', tool_parameters: null });
  });

  it('says once what is wrong with a key, and ends', async () => {
    const { stderr } = await python(
      `
from os import environ
from retort import Recorder
with Recorder(environ["RETORT_URL"], environ["RETORT_KEY"], batch_size=1) as recorder:
    for _ in range(3):
        recorder.record({"agent_id": "a", "context": {}, "tools_available": [], "tool_selected": None})
    recorder.flush()
    assert recorder.stats.failed == 3, recorder.stats
`,
      { RETORT_KEY: 'rt_wrong' },
    );
    expect(stderr.match(/RetortWarning: The API key is refused/g)).toHaveLength(1);
  });

  it('tells where a question is wrong', async () => {
    const { stdout } = await python(`
from os import environ
from retort import Client, RetortError
try:
    Client(environ["RETORT_URL"], environ["RETORT_KEY"]).predict({}, tools_available=[{"name": ""}])
except RetortError as error:
    print(error.status, error.errors[0]["pointer"], error.code)
`);
    expect(stdout).toBe('400 /tools_available/0/name /errors#predictions.tools-invalid\n');
  });

  it('names the members and the paths that the contracts name', async () => {
    const types = await readFile(join(client, 'src/retort/_types.py'), 'utf8');
    const [, decision] = /class Decision\(.*\n([\s\S]*)$/.exec(types)!;
    const members = [...decision!.matchAll(/^ {4}(\w+): /gm)].map(([, name]) => name!);
    expect(members.length).toBeGreaterThan(10);
    expect(members.filter((name) => !Object.hasOwn(decisionInput.shape, name))).toEqual([]);
    const sources = await Promise.all(
      ['_client.py', '_recorder.py'].map((file) => readFile(join(client, 'src/retort', file), 'utf8')),
    );
    for (const endpoint of [predict, recordDecisions]) expect(sources.join()).toContain(`"${urlOf(endpoint)}"`);
  });
});
