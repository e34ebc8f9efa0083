import { seededRandom } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { distillationSlopes } from '../src/head/rows.ts';
import { loadStudent, trainStudent, type LabelledDecision } from '../src/index.ts';
import { distillation, softTarget } from '../src/soft-target.ts';
import { distillationLoss } from './distillation-loss.ts';

const target = (given: Record<string, number> | undefined, offered: (string | null)[]) =>
  softTarget(given ? { teacherProbabilities: given } : {}, offered);

describe('the teacher’s probabilities as a target', () => {
  it('are those of the tools offered, softened by the temperature, adding up to one', () => {
    const [pay, balance] = target({ pay: 0.6, balance: 0.2, elsewhere: 0.2 }, ['pay', 'balance'])!;
    expect(pay! + balance!).toBeCloseTo(1, 9);
    expect(pay! / balance!).toBeCloseTo(3 ** (1 / distillation.temperature), 9);
  });

  it('know the decision for no tool by the empty name', () => {
    const [pay, none] = target({ pay: 0.1, '': 0.9 }, ['pay', null])!;
    expect(none! / pay!).toBeCloseTo(3, 9);
  });

  it('leave a tool nobody spoke of unlikely, and finite', () =>
    expect(target({ pay: 1 }, ['pay', 'toString'])![1]).toBeGreaterThan(0));

  it('are no target where there are none, or none of what is offered', () => {
    expect(target(undefined, ['pay'])).toBeNull();
    expect(target({ elsewhere: 1 }, ['pay'])).toBeNull();
    expect(target({ pay: 0 }, ['pay'])).toBeNull();
  });

  it('pull as the derivative of the distillation loss does', () => {
    const scores = Float32Array.of(0.5, 9, -1, 0.25);
    const slopes = new Float32Array(4);
    // The class at 1 is not on offer.
    const classes = Int32Array.of(0, 2, 3);
    const given = { a: 0.7, b: 0.1, c: 0.2 };
    const softened = target(given, ['a', 'b', 'c']);
    distillationSlopes({ scores, slopes, classes, label: 0, softTarget: softened, weight: 2 });
    const teacher = Object.values(given).map(Math.log);
    const lossWith = (index: number, by: number) =>
      distillationLoss({
        teacher,
        student: [0.5, -1, 0.25].map((logit, at) => logit + (at === index ? by : 0)),
        label: 0,
      });
    const step = 1e-6;
    expect(slopes[1]).toBe(0);
    classes.forEach((named, index) => {
      const derivative = (lossWith(index, step) - lossWith(index, -step)) / (2 * step);
      expect(slopes[named]).toBeCloseTo(2 * derivative, 6);
    });
  });
});

describe('a student of a teacher that draws its decisions', () => {
  const tools = [{ name: 'pay' }, { name: 'refund' }];
  const words = Array.from({ length: 60 }, (_, index) => `matter${index}`);
  const likelier = (word: number) => tools[word % 2]!.name;
  const decisions = (told: 'probabilities' | 'decisions'): LabelledDecision[] => {
    const random = seededRandom('draws');
    return words.flatMap((query, word) =>
      Array.from({ length: 3 }, (_, repeat): LabelledDecision => {
        const drawn = random.next() < 0.7 ? likelier(word) : likelier(word + 1);
        return {
          id: `${word}-${repeat}`,
          context: { query },
          tools,
          call: { tool: drawn, parameters: {} },
          ...(told === 'probabilities' && {
            teacherProbabilities: { [likelier(word)]: 0.7, [likelier(word + 1)]: 0.3 },
          }),
        };
      }),
    );
  };
  const right = (told: 'probabilities' | 'decisions') => {
    const student = loadStudent(trainStudent(decisions(told), { seed: 1, target: 0.93, confidence: 0.95 }).artifact);
    return words.filter((query, word) => student.predict({ context: { query }, tools }).call.tool === likelier(word))
      .length;
  };

  it('finds out what the teacher thinks likelier when it is told the probabilities', () => {
    expect(right('probabilities')).toBeGreaterThan(right('decisions') + 5);
  });
});
