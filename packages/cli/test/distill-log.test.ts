import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { savingOf, type Traffic } from '../src/distill/from-log.ts';
import { folder } from './folder.ts';
import { retort } from './retort.ts';

const requests: Record<string, string[]> = {
  block_card: ['block my card', 'my card was stolen', 'freeze the debit card please', 'lost my card, stop it'],
  get_balance: ['what is my balance', 'how much money do I have', 'show the balance', 'account balance please'],
};
const tools = Object.keys(requests).map((name) => ({ type: 'function', function: { name } }));

/** A request and its answer an hour, each a session of its own. */
function line(index: number): string {
  const names = Object.keys(requests);
  const name = names[index % names.length]!;
  const phrases = requests[name]!;
  const content = `${phrases[Math.floor(index / 2) % phrases.length]!} number ${index}`;
  const call = { id: `call-${index}`, type: 'function', function: { name, arguments: '{}' } };
  return JSON.stringify({
    id: `r-${index}`,
    timestamp: new Date(Date.UTC(2026, 0, 1, index)).toISOString(),
    request: { model: 'teacher', messages: [{ role: 'user', content }], tools, user: `session-${index}` },
    response: {
      choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', tool_calls: [call] } }],
      usage: { prompt_tokens: 500, completion_tokens: 20 },
    },
  });
}

describe('retort distill', () => {
  it('says of a log what share of its turns could be served, and what that is a month', async () => {
    const log = join(await folder(), 'log.jsonl');
    await writeFile(log, Array.from({ length: 721 }, (_, index) => line(index)).join('\n'));
    const prices = ['--price-input', '2', '--price-output', '10', '--currency', 'EUR'];
    const { code, stdout, stderr } = await retort('distill', '--from', 'openai-chat-jsonl', log, ...prices, '--json');
    expect(stderr).not.toContain('retort:');
    expect(code).toBe(0);
    const report = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
      train_rows: number;
      test_rows: number;
      coverage: number;
      log: { traffic: Traffic; saving: ReturnType<typeof savingOf> };
    };
    expect(report.train_rows + report.test_rows).toBe(721);
    expect(report.test_rows).toBeGreaterThan(100);
    const { traffic, saving } = report.log;
    expect(traffic).toEqual({ tool_turns: 721, prompt_tokens: 360_500, completion_tokens: 14_420, days: 30 });
    expect(saving).toEqual(savingOf(traffic, report.coverage, { input: 2, output: 10, currency: 'EUR' }));
    expect(saving.per).toBe('month');
  });

  it('says what it takes when it is given nothing, or both ways at once', async () => {
    const calls = [['distill'], ['distill', '--train', 'a'], ['distill', 'log', '--train', 'a', '--test', 'b']];
    for (const given of calls) {
      const { code, stderr } = await retort(...given);
      expect(code).toBe(2);
      expect(stderr).toBe('retort: Give either --train and --test, or a log with --from <format>.\n');
    }
  });
});

describe('the saving of a student', () => {
  const traffic: Traffic = { tool_turns: 1000, prompt_tokens: 800_000, completion_tokens: 50_000, days: 10 };

  it('is what it serves, a month, in calls, tokens and money', () => {
    // Half of a thousand turns in ten days: 30.4375/10 · 500; tokens and (0.8 · 2 + 0.05 · 10) money alike.
    expect(savingOf(traffic, 0.5, { input: 2, output: 10, currency: 'USD' })).toEqual({
      share: 0.5,
      calls: 1522,
      tokens: 1_293_594,
      cost: expect.closeTo(3.195938, 5) as number,
      currency: 'USD',
      per: 'month',
    });
  });

  it('is of the whole log where that tells no time, and no money without prices or tokens', () => {
    expect(savingOf({ ...traffic, days: null }, 0.5, null)).toMatchObject({ calls: 500, cost: null, per: 'log' });
    const untold = { ...traffic, prompt_tokens: 0, completion_tokens: 0 };
    expect(savingOf(untold, 0.5, { input: 2, output: 10, currency: 'USD' }).cost).toBeNull();
  });
});
