import { describe, expect, it } from 'vitest';
import { loadStudent, trainStudent } from '../src/index.ts';
import { options } from './decisions.ts';

const words = ['card', 'balance', 'money'];
const tools = ['block_card', 'get_balance', 'send_money'].map((name) => ({
  name,
  description: name.replace('_', ' '),
}));
const query = (index: number) => `please, the ${words[index % 3]!} of customer ${(37 * index) % 1000}`;

describe('a student of few decisions', () => {
  const rows = Array.from({ length: 240 }, (_, index) => ({
    id: `d${index}`,
    context: { query: query(index) },
    tools,
    call: { tool: tools[index % 3]!.name, parameters: {} },
  }));
  const { artifact, card } = trainStudent(rows, options);
  const student = loadStudent(artifact);

  it('serves of requests with names and numbers that it never saw about what its card says', () => {
    const asked = Array.from({ length: 30 }, (_, index) =>
      student.predict({ context: { query: query(240 + index) }, tools }),
    );
    const served = asked.filter((answer) => answer.served).length / asked.length;
    expect(card.served.coverage).toBeGreaterThan(0.8);
    expect(served).toBeGreaterThan(card.served.coverage - 0.15);
  });

  it('says of them that they are about as new as its card has it of known ones', () => {
    const { cut, known } = card.novelty;
    const above = Array.from({ length: 300 }, (_, index) =>
      student.predict({ context: { query: query(240 + index) }, tools }),
    ).filter(({ novelty }) => novelty > cut!).length;
    expect(above / 300).toBeLessThan(known.successes / known.trials + 0.1);
  });
});
