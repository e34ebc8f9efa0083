import { completeTurn, decisionInput } from '@retort/contracts';
import { isFault, type FaultPointer } from '@retort/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDecision, sameContent, storedDecision, withoutUpstream } from '../src/domain/decision.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const posted = {
  id: 'd-1',
  agent_id: 'loan',
  context: { query: 'What do I owe?' },
  toolset: digest,
  tool_selected: 'get_balance',
  tool_parameters: { account: '42' },
};

function refusal(work: () => unknown): { code: string; pointers: string[] } {
  try {
    work();
  } catch (error) {
    if (isFault(error)) return { code: error.code, pointers: (error.detail.errors ?? []).map(pointerOf) };
    throw error;
  }
  throw new Error('nothing was refused');
}
const pointerOf = ({ pointer }: FaultPointer) => pointer;
const refusalOf = (value: unknown) => refusal(() => parseDecision(JSON.stringify(value)));

/** What stands in where the agent gave nothing. */
const stood = { id: () => 'made', receivedAt: () => new Date('2026-04-01T00:00:00.000Z') };

describe('a posted decision', () => {
  it('is stored as the bytes that were received when nothing in it must change', () => {
    const text = `  {"agent_id":"loan", "context":{"n":1.50}, "id":"d-1","tool_selected":null,"toolset":"${digest}"}`;
    const { json } = storedDecision(text, parseDecision(text), { toolset: digest, ...stood });
    expect(json).toBe(text);
  });

  it('gets an id and the digest of its toolset in its stored form, and keeps everything else', () => {
    const { id: _, ...without } = posted;
    const given = { toolset: digest, ...stood };
    for (const form of [
      without,
      { ...without, toolset: 'a name' },
      { ...without, toolset: undefined, tools_available: [{ name: 'get_balance' }] },
    ]) {
      const text = JSON.stringify(form);
      const stored = storedDecision(text, parseDecision(text), given);
      expect(JSON.parse(stored.json)).toEqual({ ...without, id: 'made', toolset: digest });
      expect(stored.occurredAt).toBe('2026-04-01T00:00:00.000Z');
    }
  });

  it('of several calls is stored with its first call where that always was', () => {
    const { tool_selected: _, tool_parameters: __, ...rest } = posted;
    const calls = [
      { id: 'c1', tool: 'get_balance', parameters: { account: '42' } },
      { id: 'c2', tool: 'get_rates', parameters: null },
    ];
    const text = JSON.stringify({ ...rest, tool_calls: calls });
    const { json } = storedDecision(text, parseDecision(text), { toolset: digest, ...stood });
    expect(JSON.parse(json)).toEqual({ ...posted, tool_calls: calls, answer: 'calls' });
    expect(refusalOf(rest).pointers).toEqual(['/tool_selected']);
    expect(refusalOf({ ...posted, tool_calls: calls.slice(1) }).pointers).toEqual(['/tool_selected']);
    expect(refusalOf({ ...rest, tool_calls: [{ tool: 7 }] }).pointers).toEqual(['/tool_calls/0/tool']);
  });

  it('happened when it says, in UTC', () => {
    const text = JSON.stringify({ ...posted, timestamp: '2026-03-01T00:30:00.5+01:00' });
    const given = { toolset: digest, ...stood };
    expect(storedDecision(text, parseDecision(text), given).occurredAt).toBe('2026-02-28T23:30:00.500Z');
  });

  it('names every field that is wrong by JSON pointer', () => {
    expect(refusalOf({ ...posted, agent_id: undefined, teacher_confidence: 2 })).toEqual({
      code: 'decisions.invalid',
      pointers: expect.arrayContaining(['/agent_id', '/teacher_confidence']) as string[],
    });
    expect(refusalOf([posted]).pointers).toEqual(['']);
    expect(refusalOf({ ...posted, outcome: { execution_time_ms: -1 } }).pointers).toEqual([
      '/outcome/execution_time_ms',
    ]);
  });

  it('is refused with both or none of tools_available and toolset', () => {
    expect(refusalOf({ ...posted, tools_available: [] }).pointers).toEqual(['/toolset']);
    expect(refusalOf({ ...posted, toolset: undefined }).pointers).toEqual(['/tools_available']);
  });

  it('is refused with parameters for no tool', () => {
    expect(refusalOf({ ...posted, tool_selected: null }).pointers).toEqual(['/tool_parameters']);
  });

  it('names arguments that are known in part only where they are not known as a whole', () => {
    const known = { known_parameters: { currency: 'EUR' } };
    expect(refusalOf({ ...posted, ...known }).pointers).toEqual(['/known_parameters']);
    expect(parseDecision(JSON.stringify({ ...posted, tool_parameters: null, ...known }))).toMatchObject(known);
  });

  it('may say that its arguments are not known, and is stored saying so', () => {
    const text = JSON.stringify({ ...posted, tool_parameters: null });
    const given = { toolset: digest, ...stood };
    expect(storedDecision(text, parseDecision(text), given).json).toBe(text);
    expect(refusalOf({ ...posted, tool_selected: null, tool_parameters: null }).pointers).toEqual(['/tool_parameters']);
  });

  it('is refused where it holds what no reader could carry, naming the place', () => {
    const at = (context: unknown) => refusalOf({ ...posted, context });
    expect(at({ a: ['x', 'nul\0'] })).toEqual({ code: 'decisions.unstorable', pointers: ['/context/a/1'] });
    expect(refusal(() => parseDecision(JSON.stringify({ ...posted, id: 'half' }).replace('half', '\\ud800')))).toEqual({
      code: 'decisions.unstorable',
      pointers: ['/id'],
    });
    let [arrays, both]: [unknown, unknown] = [1, 1];
    for (let level = 0; level < 200; level++) [arrays, both] = [[arrays], level % 2 === 0 ? [both] : { both }];
    for (const deep of [arrays, both]) expect(at({ deep }).code).toBe('decisions.unstorable');
    expect(refusal(() => parseDecision('{"context":{"__proto__":1}}')).code).toBe('decisions.unstorable');
  });

  it('is refused as malformed without quoting it', () => {
    expect(refusal(() => parseDecision('{"agent_id": secret')).code).toBe('decisions.malformed-json');
    try {
      parseDecision('{"agent_id": secret');
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
  });

  it('is refused outside the years of four digits', () => {
    const text = JSON.stringify({ ...posted, timestamp: '0000-06-01T00:00:00Z' });
    const given = { toolset: digest, ...stood };
    expect(refusal(() => storedDecision(text, parseDecision(text), given)).pointers).toEqual(['/timestamp']);
  });

  it('passes the shortcut only if the contract itself lets it pass', () => {
    const wrong = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constant(undefined));
    const maybe = (right: fc.Arbitrary<unknown>) => fc.oneof({ weight: 9, arbitrary: right }, wrong);
    const decision = fc.record({
      id: maybe(fc.string({ minLength: 1, maxLength: 300, unit: 'binary' })),
      agent_id: maybe(fc.constantFrom('loan', 'a'.repeat(129), '-x', 'risk.7')),
      context: maybe(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 })),
      toolset: maybe(fc.constantFrom(digest, 'name', 'x'.repeat(129))),
      tool_selected: maybe(fc.option(fc.string({ minLength: 1, unit: 'binary', maxLength: 300 }))),
      tool_parameters: maybe(fc.constantFrom({}, null)),
      outcome: maybe(fc.option(fc.record({ success: maybe(fc.boolean()), execution_time_ms: maybe(fc.double()) }))),
      teacher_confidence: maybe(fc.option(fc.double({ min: -0.5, max: 1.5 }))),
      decided_by: maybe(fc.record({ kind: maybe(fc.constantFrom('teacher', 'student')) })),
      timestamp: maybe(fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01', '2026-02-30T00:00:00Z')),
    });
    fc.assert(
      fc.property(decision, (value) => {
        const text = JSON.stringify(value);
        let passed = true;
        try {
          parseDecision(text);
        } catch {
          passed = false;
        }
        if (passed) expect(decisionInput.safeParse(JSON.parse(text)).success).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe('two stored forms', () => {
  it('say the same when only their writing differs', () => {
    const written = (json: string, version = 2) => ({ json, version });
    const stored = (change: object) => written(JSON.stringify({ ...posted, ...change }));
    expect(sameContent(stored({ context: { a: 1, b: [2] } }), stored({ context: { b: [2], a: 1 } }))).toBe(true);
    expect(sameContent(stored({ context: { a: 1 } }), stored({ context: { a: 2 } }))).toBe(false);
    expect(sameContent(written('{"a":1}', 9), written('{"a": 1}'))).toBe(true);
    expect(sameContent(written('{"a":1}', 9), written('{"a":2}'))).toBe(false);
  });

  it('say the same when one was told of its upstream by the gateway, and the other is an agent’s copy of it', () => {
    const told = { ...posted, exchange: { latency_ms: 12, upstream: 'primary' } };
    const copy = withoutUpstream(told);
    expect(copy.exchange).toEqual({ latency_ms: 12 });
    const written = (value: object) => ({ version: 2, json: JSON.stringify(value) });
    expect(sameContent(written(told), written(copy))).toBe(true);
    expect(sameContent(written(told), written({ ...copy, exchange: { latency_ms: 13 } }))).toBe(false);
  });

  it('say the same when one tells its turn by the first call and the other by all', () => {
    const written = (value: object, version = 2) => ({ version, json: JSON.stringify(value) });
    const { tool_selected: tool, tool_parameters: parameters, ...rest } = posted;
    const calls = completeTurn({ ...rest, tool_calls: [{ tool, parameters }] });
    expect(sameContent(written(posted, 1), written(calls))).toBe(true);
    expect(sameContent(written(posted), written(calls))).toBe(true);
    expect(
      sameContent(written(posted), written({ ...calls, tool_calls: [...calls.tool_calls, { tool, parameters: {} }] })),
    ).toBe(false);
  });

  it('say the same when one is of an older schema and is lifted to the other', () => {
    const { agent_id, ...rest } = posted;
    const older = { version: 0, json: JSON.stringify({ ...rest, agent: agent_id }) };
    const written = (value: object) => ({ version: 2, json: JSON.stringify(value) });
    const upcasters = {
      AGENT_TOOL_SELECTED: {
        0: (data: unknown) => {
          const { agent, ...others } = data as { agent: string };
          return { ...others, agent_id: agent };
        },
        1: (data: unknown) => data,
      },
    };
    expect(sameContent(older, written(posted), upcasters)).toBe(true);
    expect(sameContent(older, written({ ...posted, agent_id: 'other' }), upcasters)).toBe(false);
  });
});
