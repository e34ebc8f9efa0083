import { describe, expect, it } from 'vitest';
import { recorderTo, recordMany, sinkOf } from './recorders.ts';
import { accept, decision, refuse } from './sink.ts';

describe('redaction', () => {
  it('reaches every text and number about a person before they leave, and nothing else', async () => {
    const sink = await sinkOf();
    const pointers: string[] = [];
    const { recorder } = recorderTo(sink.url, {
      redact: (value, pointer) => {
        pointers.push(pointer);
        return typeof value === 'string' ? value.replaceAll('AT61', '[iban]') : value;
      },
    });
    // Nothing that the contract names, and so nothing that one may know to be harmless.
    const unnamed = { session: { owner: ['AT61'] }, 'a/b': 'AT61' };
    recorder.record({
      ...decision('from AT61'),
      reasoning: 'AT61 it is',
      outcome: { result: ['AT61'] },
      group: 'AT61',
      known_parameters: { account: 'AT61' },
      ...unnamed,
    });
    await recorder.flush();
    expect(sink.posts[0]!.body).not.toContain('AT61');
    expect(sink.received()[0]).toMatchObject({
      agent_id: 'account-agent',
      tool_selected: 'get_balance',
      tools_available: [{ name: 'get_balance', parameters: { type: 'object' } }],
      context: { query: 'from [iban]', customer: { iban: '[iban]', age: 41 } },
      tool_parameters: { account: '[iban]' },
      outcome: { result: ['[iban]'] },
    });
    expect(pointers).toContain('/context/history/0/content');
    expect(pointers).toContain('/context/customer/age');
    expect(pointers).toEqual(expect.arrayContaining(['/session/owner/0', '/a~1b']));
  });

  it('blanks a value whose redactor throws or answers with a promise, and sends the rest', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(sink.url, {
      redact: ((value: string | number, pointer: string) => {
        if (pointer === '/context/query' || pointer === '/context/customer/age') throw new Error(String(value));
        return pointer === '/tool_parameters/account' ? Promise.resolve('later') : value;
      }) as never,
    });
    recorder.record(decision('secret'));
    await recorder.flush();
    expect(sink.received()[0]).toMatchObject({
      context: { query: '', customer: { iban: 'AT61', age: null } },
      tool_parameters: { account: '' },
    });
  });

  it('gives a retry the same redacted bytes', async () => {
    const sink = await sinkOf(refuse(503), accept);
    let calls = 0;
    const { recorder } = recorderTo(sink.url, { redact: () => `redacted ${calls++}` });
    recordMany(recorder, 2);
    await recorder.shutdown(60_000);
    expect(sink.posts).toHaveLength(2);
    expect(sink.posts[0]!.body).toBe(sink.posts[1]!.body);
  });
});
