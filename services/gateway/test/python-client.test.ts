import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasPython, temporaryFolder } from '@retort/testing';
import { call, chunks, completion, events, json, startTeacher, type Teacher } from '@retort/testing/teacher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nobody, served, startGateway, type Gateway } from './gateway.ts';

const run = promisify(execFile);
const release = 'openai==3.57.0';

const program = `
import json, os
from openai import APIStatusError, OpenAI
client = OpenAI(base_url=os.environ["BASE_URL"], api_key="sk-agent", max_retries=0, default_headers={
    "x-retort-key": os.environ["RETORT_KEY"], "x-retort-agent": "cards"})
tools = [{"type": "function", "function": {"name": "get_balance", "parameters": {"type": "object", "properties": {}}}}]
messages = [{"role": "user", "content": "please, the balance of customer 7"}]

answer = client.chat.completions.with_raw_response.create(model="teacher-2026", messages=messages, tools=tools)
[made] = answer.parse().choices[0].message.tool_calls
told = {"served_by": answer.headers["x-retort-served-by"], "call": [made.function.name, json.loads(made.function.arguments)]}

name, arguments = "", ""
for chunk in client.chat.completions.create(model="teacher-2026", messages=messages, tools=tools, stream=True):
    for choice in chunk.choices:
        for part in choice.delta.tool_calls or []:
            name += part.function.name or ""
            arguments += part.function.arguments or ""
told["streamed"] = [name, json.loads(arguments)]

if os.environ.get("RESPONSES"):
    flat = [{"type": "function", **tools[0]["function"]}]
    response = client.responses.create(model="teacher-2026", input="please, the balance of customer 7", tools=flat)
    [item] = [item for item in response.output if item.type == "function_call"]
    told["response"] = [item.name, json.loads(item.arguments)]

try:
    client.chat.completions.create(model="teacher-2026", messages=messages, extra_headers={"x-retort-mode": "sometimes"})
except APIStatusError as error:
    told["refused"] = [error.status_code, error.code]
print(json.dumps(told))
`;

describe.skipIf(!hasPython())('the Python client (skipped without python3 of 3.10 and its venv)', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let teacher: Teacher;
  let gateway: Gateway;
  beforeAll(async () => {
    folder = await temporaryFolder('python-client');
    await run('python3', ['-m', 'venv', join(folder.path, 'venv')]);
    await run(join(folder.path, 'venv/bin/pip'), ['install', '--quiet', '--disable-pip-version-check', release]);
    await writeFile(join(folder.path, 'program.py'), program);
    teacher = await startTeacher(json('{}'));
    gateway = await startGateway({ teacherBaseUrl: teacher.url, upstreamRetries: 0 });
  }, 600_000);
  afterAll(async () => {
    await gateway.close();
    await teacher.close();
    await folder.remove();
  });

  async function python(environment: Record<string, string> = {}) {
    const env = { ...process.env, BASE_URL: gateway.baseUrl, RETORT_KEY: gateway.key, ...environment };
    const { stdout } = await run(join(folder.path, 'venv/bin/python'), [join(folder.path, 'program.py')], { env });
    return JSON.parse(stdout) as Record<string, unknown>;
  }
  const refused = [400, 'gateway.invalid-header'];

  it('is answered by the student: whole, streamed, and as a response', { timeout: 120_000 }, async () => {
    gateway.says.student = served({ tool: 'get_balance', parameters: { customer: '7' } });
    const said = ['get_balance', { customer: '7' }];
    expect(await python({ RESPONSES: '1' })).toEqual({
      served_by: 'student',
      call: said,
      streamed: said,
      response: said,
      refused,
    });
    gateway.says.student = nobody;
  });

  it('is answered by its teacher with its own key', { timeout: 120_000 }, async () => {
    const made = call('get_balance', { customer: '8' });
    teacher.answers((response, question) => {
      const { stream } = JSON.parse(question.body.toString()) as { stream?: boolean };
      const reply = stream
        ? events(chunks([{ role: 'assistant' }, { tool_calls: [{ ...made, index: 0 }] }]))
        : json(completion({ tool_calls: [made] }));
      return reply(response, question);
    });
    const said = ['get_balance', { customer: '8' }];
    expect(await python()).toEqual({ served_by: 'teacher', call: said, streamed: said, refused });
    expect(teacher.asked[0]!.headers.authorization).toBe('Bearer sk-agent');
  });
});
