import { createRecorder, recordOpenAI } from '@retort/sdk';
import OpenAI from 'openai';
import { askStudent } from './ask-student.ts';
import { tools } from './tools.ts';

const url = process.env['RETORT_URL'] ?? 'http://127.0.0.1:4000';
const key = process.env['RETORT_KEY'] ?? '';
const model = process.env['TEACHER_MODEL'] ?? 'gpt-4.1';

const recorder = createRecorder({ url, apiKey: key });
// Reads OPENAI_API_KEY and OPENAI_BASE_URL. Whatever it decides is recorded from here on.
const teacher = recordOpenAI(new OpenAI(), { recorder, agentId: 'example-node-agent' });

const query = process.argv[2] ?? 'What do I still owe?';
const facts = { loan: { id: 'LN-1001', product: 'car' } };

const student = await askStudent(url, key, { query, ...facts });
if (student) {
  console.log(JSON.stringify({ decided_by: 'student', ...student }));
} else {
  const { choices } = await teacher.chat.completions.create({
    model,
    messages: [
      { role: 'system', content: `Decide which tool to call, if any.\nContext: ${JSON.stringify(facts)}` },
      { role: 'user', content: query },
    ],
    tools,
  });
  const call = choices[0]?.message.tool_calls?.find((one) => one.type === 'function')?.function;
  console.log(JSON.stringify({ decided_by: 'teacher', tool_selected: call?.name ?? null, arguments: call?.arguments }));
}
await recorder.shutdown(5_000);
if (recorder.stats().failed > 0) process.exitCode = 1;
