import { createChatCompletion } from '@retort/contracts';
import { until } from '@retort/testing';
import { call, completion, json, startTeacher, type Teacher } from '@retort/testing/teacher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { question, startGateway, tools, type Gateway } from './gateway.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let teacher: Teacher;
let gateway: Gateway;
beforeAll(async () => {
  teacher = await startTeacher(json(completion({ tool_calls: [call('get_balance', {})] })));
  // Room for some turns, and no more.
  gateway = await startGateway({ teacherBaseUrl: teacher.url, spoolBytes: 100_000 });
});
afterAll(async () => {
  await gateway.close();
  await teacher.close();
});

async function ask(turn: number): Promise<number> {
  const response = await fetch(`${gateway.host.url}${createChatCompletion.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-retort-key': gateway.key },
    body: JSON.stringify({ model: 'teacher-2026', messages: question, tools, user: `turn ${turn}` }),
  });
  await response.arrayBuffer();
  return response.status;
}
async function turns(): Promise<Record<string, number>> {
  const text = await (await fetch(`${gateway.host.url}/metrics`)).text();
  const found = [...text.matchAll(/^retort_gateway_turns_total\{.*outcome="(\w+)".*\} (\d+)$/gm)];
  return Object.fromEntries(found.map(([, outcome, count]) => [outcome!, Number(count)]));
}

describe('a gateway whose store is away and whose disk is full', () => {
  it('answers, counts what it drops, and loses nothing that it said it keeps', async () => {
    gateway.says.storeFails = true;
    let asked = 0;
    for (let known: Record<string, number> = {}; !known['dropped'] || !known['kept']; known = await turns()) {
      const answers = await Promise.all(Array.from({ length: 32 }, () => ask(asked++)));
      expect(new Set(answers)).toEqual(new Set([200]));
    }
    const settled = await until('every turn to be kept or dropped', async () => {
      const { kept = 0, dropped = 0, recorded = 0 } = await turns();
      return kept + dropped + recorded === asked && { kept, dropped };
    });
    gateway.says.storeFails = false;
    await until('what was kept to be recorded', () => gateway.recorded.length >= settled.kept);
    expect(new Set(gateway.recorded.map(({ id }) => id)).size).toBe(settled.kept);
    expect(await ask(asked)).toBe(200);
    await until('the next turn to be recorded', () => gateway.recorded.length === settled.kept + 1);
  });
});
