import { recordDecision } from '@retort/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, decision, pointersOf, startPosting, type Posting } from './posting.ts';

let host: Posting;
beforeAll(async () => {
  host = await startPosting();
});
afterAll(() => host.close());

describe('POST /decisions', () => {
  const bad: [string, unknown, number, string, string[]][] = [
    ['malformed JSON', '{"agent_id": ', 400, 'decisions.malformed-json', ['']],
    ['an empty body', '', 400, 'decisions.malformed-json', ['']],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 400, 'decisions.malformed-json', ['']],
    ['a missing field', decision({ agent_id: undefined }), 400, 'decisions.invalid', ['/agent_id']],
    [
      'no arguments known where no tool was called',
      decision({ tool_selected: null, tool_parameters: null }),
      400,
      'decisions.invalid',
      ['/tool_parameters'],
    ],
    [
      'arguments not known of a tool that was not offered',
      decision({ tool_selected: 'x', tool_parameters: null }),
      422,
      'decisions.tool-not-offered',
      ['/tool_selected'],
    ],
    ['a NUL character', decision({ context: { a: '\0' } }), 400, 'decisions.unstorable', ['/context/a']],
    ['an unknown toolset', decision({ toolset: 'nobody' }), 422, 'decisions.toolset-unknown', ['/toolset']],
    [
      'an unknown digest',
      decision({ toolset: `sha256:${'0'.repeat(64)}` }),
      422,
      'decisions.toolset-unknown',
      ['/toolset'],
    ],
    [
      'a timestamp without a zone',
      decision({ timestamp: '2026-01-31T12:00:00' }),
      400,
      'decisions.invalid',
      ['/timestamp'],
    ],
    [
      'a timestamp in the future',
      decision({ timestamp: new Date(Date.now() + 3_600_000).toISOString() }),
      422,
      'decisions.timestamp-in-future',
      ['/timestamp'],
    ],
    [
      'a tool that was not offered',
      decision({ tool_selected: 'x' }),
      422,
      'decisions.tool-not-offered',
      ['/tool_selected'],
    ],
    [
      'parameters against the tool’s schema',
      decision({ tool_parameters: { account: 1, limit: 1.5 } }),
      422,
      'decisions.parameters-invalid',
      ['/tool_parameters/account', '/tool_parameters/limit'],
    ],
    [
      'an invalid schema among the tools',
      decision({ toolset: undefined, tools_available: [{ name: 'get_balance', parameters: { type: 7 } }] }),
      422,
      'toolsets.invalid-schema',
      ['/tools_available/0/parameters/type'],
    ],
    [
      'tools that are no tools',
      decision({ toolset: undefined, tools_available: [{ description: 'nameless' }] }),
      400,
      'toolsets.invalid',
      ['/tools_available/0/name'],
    ],
  ];
  it.each(bad)('refuses %s, names the field, and stores nothing', async (_name, body, status, code, pointers) => {
    const before = (await host.events()).length;
    const answer = await host.post(recordDecision.path, body);
    expect([answer.status, codeOf(answer), pointersOf(answer)]).toEqual([status, code, pointers]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await host.events()).toHaveLength(before);
  });
});
