import { describe, expect, it } from 'vitest';
import { learnLayout } from '../../src/arguments/context/layout.ts';

const prompt =
  'You are the assistant of a bank. Be brief, be exact, never guess an amount, ask when a request is unclear, and follow the rules of the house in whatever you do for a customer.';
const asked = (n: number) => `set a timer for ${n} minutes please`;

describe('the words of the user', () => {
  it('are told from a system prompt, however long it is and whatever facts stand in it', () => {
    const contexts = Array.from({ length: 100 }, (_, n) => ({
      instructions: `${prompt} {"session": "s-${n}", "balance": ${n * 17}}`,
      query: `${asked(n)}${n % 3 === 0 ? ' and remind me then' : ''} ${['now', 'today', 'soon'][n % 3]!} number ${n * 7}`,
    }));
    expect(learnLayout(contexts).text).toEqual(['query']);
  });

  it('are found by themselves where another key holds them', () => {
    const contexts = Array.from({ length: 40 }, (_, n) => ({
      system: prompt,
      said: `play ${['jazz', 'rock', 'folk', 'blues'][n % 4]!} of the ${n}s in room ${n * 3}`,
    }));
    expect(learnLayout(contexts).text).toEqual(['said']);
  });
});
