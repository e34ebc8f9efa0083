import { createPredictor, createRecorder, recordOpenAI } from '@retort/sdk';
import OpenAI from 'openai';
import { tools } from './tools.ts';

const url = process.env['RETORT_URL'] ?? 'http://127.0.0.1:4000';
const apiKey = process.env['RETORT_KEY'] ?? '';
const model = process.env['TEACHER_MODEL'] ?? 'gpt-4.1';
const agentId = 'example-node-agent';

const recorder = createRecorder({ url, apiKey });
const { predict } = createPredictor({ url, apiKey, timeoutMs: 1_000 });
// Reads OPENAI_API_KEY and OPENAI_BASE_URL. Whatever it decides is recorded from here on.
const teacher = recordOpenAI(new OpenAI(), { recorder, agentId });

const facts = { loan: { id: 'LN-1001', product: 'car' } };
const messages: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'system', content: `Decide which tool to call, if any.\nContext: ${JSON.stringify(facts)}` },
  { role: 'user', content: process.argv[2] ?? 'What do I still owe?' },
];

// A platform that is away must not stop the agent.
const student = await predict({ agent_id: agentId, messages, tools, fallback: 'none' }).catch((error: unknown) => {
  console.error(`The student could not be asked: ${String(error)}`);
  return null;
});
if (student?.served_by === 'student' && student.call) {
  const { tool_selected, tool_parameters } = student.call;
  console.log(JSON.stringify({ decided_by: 'student', tool_selected, tool_parameters }));
} else {
  const { choices } = await teacher.chat.completions.create({ model, messages, tools });
  const call = choices[0]?.message.tool_calls?.find((one) => one.type === 'function')?.function;
  console.log(JSON.stringify({ decided_by: 'teacher', tool_selected: call?.name ?? null, arguments: call?.arguments }));
}
await recorder.shutdown(5_000);
if (recorder.stats().failed > 0) process.exitCode = 1;
