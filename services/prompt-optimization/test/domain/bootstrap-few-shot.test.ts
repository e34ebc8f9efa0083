import { seededRandom, type Call } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import {
  answered,
  beginBootstrap,
  demonstrationsOf,
  nextQuestion,
  type BootstrapQuestion,
  type BootstrapState,
} from '../../src/domain/bootstrap-few-shot.ts';
import { splitExamples, type Example } from '../../src/domain/example.ts';
import { planBudget } from '../../src/domain/plan.ts';

const example = (index: number): Example => ({
  id: `d${index}`,
  group: null,
  context: { query: `request ${index}` },
  tools: [],
  call: { tool: 'get_balance', parameters: { account: index } },
});
const examples = (count: number) => Array.from({ length: count }, (_, index) => example(index));
const right = ({ call }: Example): Call => call;
const wrong = (): Call => ({ tool: 'send_money', parameters: {} });

function given(state: BootstrapState) {
  return {
    whenAsked(answer: (example: Example) => Call | null) {
      let current = state;
      const questions: BootstrapQuestion[] = [];
      for (let question = nextQuestion(current); question; question = nextQuestion(current)) {
        questions.push(question);
        current = answered(current, answer(question.example));
      }
      return { then: (check: (asked: typeof questions, end: BootstrapState) => void) => check(questions, current) };
    },
  };
}
const random = seededRandom('bootstrap');
const begin = (count: number) => beginBootstrap(examples(count), random);

describe('bootstrapping', () => {
  it('walks the examples in order and stops at four that the teacher got right', () =>
    given(begin(40))
      .whenAsked(right)
      .then((asked, end) => {
        expect(asked.map(({ example: { id } }) => id)).toEqual(['d0', 'd1', 'd2', 'd3']);
        expect(end.accepted).toHaveLength(4);
      }));

  it('passes over what the teacher got wrong or did not answer', () =>
    given(begin(40))
      .whenAsked((asked) => (asked.id === 'd0' ? wrong() : asked.id === 'd1' ? null : right(asked)))
      .then((_asked, end) => expect(end.accepted.map(({ id }) => id)).toEqual(['d2', 'd3', 'd4', 'd5'])));

  it('never shows an example among the demonstrations of its own question', () =>
    given(begin(10))
      .whenAsked(wrong)
      .then((asked) => {
        expect(asked).toHaveLength(10);
        for (const { example: own, demonstrations } of asked)
          expect(demonstrations.map(({ id }) => id)).not.toContain(own.id);
      }));

  it('takes a call for right only when its arguments are', () =>
    given(begin(1))
      .whenAsked(() => ({ tool: 'get_balance', parameters: { account: 7 } }))
      .then((_asked, end) => expect(end.accepted).toEqual([])));

  it('fills up with recorded decisions to sixteen, each once, what was accepted first', () =>
    given(begin(40))
      .whenAsked(right)
      .then((_asked, end) => {
        const ids = demonstrationsOf(end, random).map(({ id }) => id);
        expect(ids.slice(0, 4)).toEqual(['d0', 'd1', 'd2', 'd3']);
        expect(ids).toHaveLength(16);
        expect(new Set(ids).size).toBe(16);
      }));

  it('makes do with few examples', () =>
    given(begin(3))
      .whenAsked(right)
      .then((_asked, end) => expect(demonstrationsOf(end, random)).toHaveLength(3)));
});

describe('the split of examples', () => {
  it('keeps sessions together and falls the same way every time', () => {
    const sessions = examples(200).map((one, index) => ({ ...one, group: `session ${index % 20}` }));
    const { training, validation } = splitExamples(sessions, { validationShare: 0.3, seed: 1 });
    const groups = new Set(training.map(({ group }) => group));
    expect(validation.some(({ group }) => groups.has(group))).toBe(false);
    expect(validation.length).toBeGreaterThan(0);
    expect(splitExamples(sessions, { validationShare: 0.3, seed: 1 }).validation).toEqual(validation);
  });
});

describe('the plan of a budget', () => {
  it.each([10, 50, 200, 5000])('never asks more than %i calls', (budget) => {
    const { bootstrapCalls, validation } = planBudget({ budget, validation: 1000 });
    expect(bootstrapCalls + 2 * validation).toBeLessThanOrEqual(budget);
    expect(validation).toBeGreaterThan(0);
  });
});
