import { getAgentTimeline, getToolset, listAgents } from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decided, event, reported, tools, toolset } from '../host.ts';
import { startRecorded, type Recorded } from './recorded.ts';

let host: Recorded;
beforeAll(async () => {
  host = await startRecorded();
});
afterAll(() => host.close());

describe('toolsets and agents', () => {
  it('gives the tools behind a digest', async () => {
    const { body } = await host.call(getToolset, { params: { digest: toolset } });
    expect(body).toEqual({ toolset, name: 'balances', tools });
  });

  it('says what of the tools’ schemas goes unchecked', async () => {
    const looking = [{ name: 'look', parameters: { pattern: '^(?=a)' } }];
    const unchecked = [{ pointer: '/tools/0/parameters/pattern', message: 'is not checked' }];
    const digest = digestOfJson(looking);
    await host.record(event('TOOLSET_REGISTERED', digest.slice(7), { toolset: digest, tools: looking, unchecked }));
    const { body } = await host.call(getToolset, { params: { digest } });
    expect(body).toEqual({ toolset: digest, name: null, tools: looking, unchecked });
  });

  it('tells each agent’s days: counts, success, and the student’s agreement with the teacher', async () => {
    await host.record(reported('a', { success: false }));
    const agents = await host.call(listAgents);
    expect(agents.body.data.map(({ agent_id }) => agent_id)).toEqual(['loan', 'risk']);
    const { body } = await host.call(getAgentTimeline, {
      params: { agent_id: 'loan' },
      query: { from: '2026-01-03T00:00:00Z' },
    });
    expect(body.data).toMatchObject([
      {
        day: '2026-01-03',
        decisions: 2,
        decided_by_student: 1,
        success: { numerator: 0, denominator: 1 },
        execution_time_ms: { measured: 1, mean: 10 },
        agreement: { value: 1, numerator: 1, denominator: 1 },
      },
    ]);
    expect((await host.call(getAgentTimeline, { params: { agent_id: 'nobody' } })).status).toBe(404);
  });

  it('knows a student that is reported as the teacher, of its own tenant', async () => {
    const trained = readFileSync(
      new URL('../../../../packages/contracts/golden/model-trained.v1.json', import.meta.url),
    );
    const data = { ...(JSON.parse(String(trained)) as object), model_version: 'tool-calling-0123456789ab' };
    const posing = { agent_id: 'posing', teacher_model: 'tool-calling-0123456789ab', decided_by: { kind: 'teacher' } };
    await host.record(
      event('MODEL_TRAINED', 'tool-calling', data, { aggregateType: 'model' }),
      decided('posing-1', posing),
      decided('posing-2', { ...posing, teacher_model: 'the-teacher' }),
      event(
        'MODEL_TRAINED',
        'other',
        { ...data, model_version: 'elsewhere' },
        { aggregateType: 'model', tenant: 'globex' },
      ),
      decided('posing-3', { ...posing, teacher_model: 'elsewhere' }),
    );
    const { data: found } = await host.list({ 'filter[agent_id][eq]': 'posing' });
    expect(found.map(({ id, decided_by }) => [id, decided_by])).toEqual([
      ['posing-1', { kind: 'student', model_version: 'tool-calling-0123456789ab' }],
      ['posing-2', { kind: 'teacher' }],
      ['posing-3', { kind: 'teacher' }],
    ]);
  });

  it('compares no call whose arguments are not known', async () => {
    const context = { query: 'the same' };
    const student = { decided_by: { kind: 'student', model_version: 'm1' } };
    await host.record(
      decided('t1', { agent_id: 'fraud', context }),
      decided('t2', { agent_id: 'fraud', context, tool_parameters: null }, { occurredAt: '2026-01-01T01:00:00.000Z' }),
      decided('s1', { agent_id: 'fraud', context, ...student }),
      decided('s2', { agent_id: 'fraud', context, ...student, tool_parameters: null }),
    );
    const { body } = await host.call(getAgentTimeline, { params: { agent_id: 'fraud' } });
    expect(body.data).toMatchObject([
      { decisions: 4, decided_by_student: 2, agreement: { numerator: 1, denominator: 1 } },
    ]);
  });
});
