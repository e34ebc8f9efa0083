import { completeTurn, type PredictionView } from '@retort/contracts';
import { describe, expect, it } from 'vitest';
import { agreementCount, compare } from '../../src/domain/agreement.ts';
import { costOf, type Prices } from '../../src/domain/cost.ts';

const teacher = { index: 0, id: 'd0', tool_selected: 'send', tool_parameters: { amount: 20, to: 'Ada' } };
const prediction = (tool: string | null, parameters: object, by: 'student' | 'none' = 'student'): PredictionView => ({
  id: null,
  call: null,
  served_by: by,
  fallback_reason: by === 'student' ? null : 'below-threshold',
  confidence: 0.9,
  tool_confidence: 0.95,
  proposal: completeTurn({ tool_selected: tool, tool_parameters: parameters as Record<string, never> }) as NonNullable<
    PredictionView['proposal']
  >,
  model_version: 'v1',
  threshold: 0.8,
});

describe('a comparison', () => {
  it('finds the same call whatever the order of its arguments', () =>
    expect(compare(teacher, prediction('send', { to: 'Ada', amount: 20.0 })).verdict).toBe('same-call'));
  it('tells the right tool with other arguments from another tool', () => {
    expect(compare(teacher, prediction('send', { to: 'Bob', amount: 20 })).verdict).toBe('same-tool');
    expect(compare(teacher, prediction('block', {})).verdict).toBe('other-tool');
    expect(compare(teacher, prediction(null, {})).verdict).toBe('other-tool');
  });
  it('compares the tools alone where the arguments are not known', () => {
    const unknown = { ...teacher, tool_parameters: null };
    expect(compare(unknown, prediction('send', { to: 'Ada' })).verdict).toBe('same-tool');
    expect(compare(unknown, prediction('block', {})).verdict).toBe('other-tool');
  });
  it('compares whole turns: their calls in any order, and nothing less', () => {
    const [send, block] = [
      { tool: 'send', parameters: { amount: 20, to: 'Ada' } },
      { tool: 'block', parameters: {} },
    ];
    const both = { ...teacher, tool_calls: [send, block] };
    const proposing = (...tool_calls: (typeof send | typeof block)[]) => ({
      ...prediction(null, {}),
      proposal: completeTurn({ tool_calls }) as NonNullable<PredictionView['proposal']>,
    });
    expect(compare(both, proposing(block, send)).verdict).toBe('same-call');
    expect(compare(both, proposing(send)).verdict).toBe('other-tool');
    expect(
      compare({ ...both, tool_calls: [send, { ...block, parameters: null }] }, proposing(block, send)).verdict,
    ).toBe('same-tool');
  });
  it('takes no proposal at all for a disagreement', () =>
    expect(compare(teacher, { ...prediction('send', {}), proposal: null }).verdict).toBe('other-tool'));
});

describe('a report of agreement', () => {
  const count = agreementCount();
  count.add(compare(teacher, prediction('send', { to: 'Ada', amount: 20 })));
  count.add(compare(teacher, prediction('send', { to: 'Bob', amount: 20 })));
  count.add(compare(teacher, prediction('block', {}, 'none')));
  count.add(compare({ ...teacher, tool_selected: 'block', tool_parameters: {} }, prediction('block', {}, 'none')));
  const report = count.report();

  it('counts the student alone over all, and what it serves apart', () => {
    expect(report.tool_agreement).toMatchObject({ numerator: 3, denominator: 4, value: 0.75 });
    expect(report.call_agreement).toMatchObject({ numerator: 2, denominator: 4 });
    expect(report.coverage).toMatchObject({ numerator: 2, denominator: 4 });
    expect(report.served_tool_agreement).toMatchObject({ numerator: 2, denominator: 2 });
    expect(report.served_call_agreement).toMatchObject({ numerator: 1, denominator: 2 });
  });
  it('is raised by no words, and counts a call where the teacher used words as wrong', () => {
    const words = { ...teacher, tool_selected: null, tool_parameters: {} };
    const mixed = agreementCount();
    mixed.add(compare(teacher, prediction('send', { to: 'Ada', amount: 20 })));
    mixed.add(compare(teacher, prediction('block', {}, 'none')));
    mixed.add(compare(words, prediction(null, {}, 'none')));
    mixed.add(compare(words, prediction('block', {})));
    expect(mixed.report()).toMatchObject({
      decisions: 4,
      tool_turns: 2,
      words: 2,
      words_served: 1,
      tool_agreement: { numerator: 1, denominator: 2 },
      call_agreement: { numerator: 1, denominator: 2 },
      coverage: { numerator: 1, denominator: 2 },
      served_tool_agreement: { numerator: 1, denominator: 2 },
      served_call_agreement: { numerator: 1, denominator: 2 },
      no_tool: { numerator: 1, denominator: 1 },
      all_turns: { call_agreement: { numerator: 2, denominator: 4 }, coverage: { numerator: 2, denominator: 4 } },
    });
  });
  it('counts calls only where the arguments are known, tools and coverage everywhere', () => {
    const unknown = { ...teacher, tool_parameters: null };
    const mixed = agreementCount();
    mixed.add(compare(teacher, prediction('send', { to: 'Ada', amount: 20 })));
    mixed.add(compare(unknown, prediction('send', {})));
    mixed.add(compare(unknown, prediction('block', {})));
    expect(mixed.report()).toMatchObject({
      decisions: 3,
      tool_agreement: { numerator: 2, denominator: 3 },
      call_agreement: { numerator: 1, denominator: 1 },
      coverage: { numerator: 3, denominator: 3 },
      served_tool_agreement: { numerator: 2, denominator: 3 },
      served_call_agreement: { numerator: 1, denominator: 1 },
    });
  });
  it('names what the most frequent tool alone would reach', () => expect(report.majority_baseline).toBe(0.75));
  it('carries an interval with every rate, and none where nothing was counted', () => {
    expect(report.call_agreement.interval![0]).toBeLessThan(0.5);
    expect(agreementCount().report().served_call_agreement).toEqual({ value: null, numerator: 0, denominator: 0 });
  });
});

describe('the cost of a day', () => {
  const usage = {
    day: '2026-01-01',
    model: 'tool-calling',
    student_calls: 90,
    teacher_calls: 10,
    abstentions: 0,
    no_tool_answers: 5,
    student_seconds: 0.01,
    caller_teacher_calls: 0,
    audits: 0,
    audit_prompt_tokens: 0,
    audit_completion_tokens: 0,
    teacher_prompt_tokens: 20_000,
    teacher_completion_tokens: 1_000,
  };
  const prices: Prices = {
    currency: 'USD',
    perMillionPromptTokens: 5,
    perMillionCompletionTokens: 20,
    assumedPromptTokens: 1_500,
    assumedCompletionTokens: 60,
  };

  it('prices a spared call like the teacher’s own calls of that day', () => {
    const row = costOf(usage, prices);
    // 2 000 prompt tokens at 5 and 100 completion tokens at 20, a million: 0.012 a call.
    expect(row.saved).toBeCloseTo(90 * 0.012, 10);
    expect(row.teacher_cost).toBeCloseTo(10 * 0.012, 10);
    expect(row.price).toMatchObject({ tokens: 'measured', prompt_tokens_per_call: 2_000 });
  });
  it('says so when it had to assume the tokens of a call', () =>
    expect(
      costOf({ ...usage, teacher_calls: 0, teacher_prompt_tokens: 0, teacher_completion_tokens: 0 }, prices).price,
    ).toMatchObject({ tokens: 'assumed', prompt_tokens_per_call: 1_500 }));
  it('counts no answer in words as spared: the student’s no tool saves nothing', () =>
    expect(costOf({ ...usage, no_tool_answers: 500 }, prices)).toMatchObject({
      teacher_calls_avoided: 90,
      saved: costOf(usage, prices).saved,
      student_share: { numerator: 90, denominator: 100 },
    }));
  it('counts what callers took to a teacher of their own as teacher calls, at the price of ours', () =>
    expect(costOf({ ...usage, caller_teacher_calls: 100 }, prices)).toMatchObject({
      student_share: { numerator: 90, denominator: 200 },
      teacher_cost: 110 * 0.012,
      price: { tokens: 'measured', prompt_tokens_per_call: 2_000 },
    }));
  it('takes audits, by their own tokens, and processor time off what is saved', () => {
    const audited = { ...usage, audits: 5, audit_prompt_tokens: 10_000, audit_completion_tokens: 500 };
    const row = costOf({ ...audited, student_seconds: 36 }, { ...prices, perProcessorHour: 0.05 });
    expect(row).toMatchObject({ teacher_cost: 10 * 0.012, saved: 90 * 0.012, student_cost: 0.0005 });
    expect(row.audit_cost).toBeCloseTo(0.06, 10);
    expect(row.net).toBeCloseTo(90 * 0.012 - 0.06 - 0.0005, 10);
    expect(costOf(audited, prices)).toMatchObject({ student_cost: null, net: 90 * 0.012 - 0.06 });
  });
  it('claims no money without a price', () =>
    expect(costOf(usage, { ...prices, perMillionPromptTokens: undefined })).toMatchObject({
      saved: null,
      teacher_calls_avoided: 90,
    }));
});
