import type { OwnAnswer } from '@retort/contracts';
import { answerKey, type JsonObject } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { curate } from '../../src/domain/curate.ts';
import { ownAnswers } from '../../src/domain/own-answers.ts';
import { recipeOf } from '../../src/domain/recipe.ts';
import { decision, tools, toolset } from '../history-stub.ts';

const context = { query: 'what is on account 7' };
const balance = [{ tool: 'balance', parameters: {} }];
const answer = (kind: OwnAnswer['kind'], key: string, changes: Partial<OwnAnswer> = {}): OwnAnswer => ({
  kind,
  key,
  at: '2026-01-01T00:00:00.000Z',
  probability: null,
  ...changes,
});
const served = answer('served', answerKey(context, balance));
const known = (answers: OwnAnswer[], studentDecisions: string[] = []) => ownAnswers({ answers, studentDecisions });

describe('a decision that the platform answered itself', () => {
  it('is a student’s, whoever is said to have decided, under whatever id and in either form of its turn', () => {
    const own = known([served]);
    for (const reported of [
      decision('a', { context }),
      decision('b', { context, teacher_model: 'gpt-sure', teacher_confidence: 1 }),
      decision('c', { context, tool_calls: [{ id: 'call_1', tool: 'balance', parameters: {} }] }),
    ])
      expect(own.isStudents(reported)).toBe(true);
  });

  it('is a student’s under the id that the caller gave the request, even where its content was redacted', () => {
    const redacted = decision('mine', { context: { query: '[redacted]' } });
    expect(known([answer('named', 'mine')]).isStudents(redacted)).toBe(true);
  });

  it('is the teacher’s where the teacher says something else, or said it before the student did', () => {
    const own = known([served]);
    expect(own.isStudents(decision('a', { context, tool_selected: null }))).toBe(false);
    expect(own.isStudents(decision('a', { context: { query: 'what is on account 8' } }))).toBe(false);
    expect(own.isStudents(decision('a', { context, recorded_at: '2025-12-01T00:00:00.000Z' }))).toBe(false);
  });

  it('is the teacher’s where the platform asked the teacher: an audit, or a request that was asked again', () => {
    expect(known([served, answer('audit', 'audit-1')]).isStudents(decision('audit-1', { context }))).toBe(false);
    expect(known([served], ['s-1']).isStudents(decision('s-1.teacher', { context }))).toBe(false);
  });

  it('is the teacher’s where the gateway had it from a provider, and agrees with what a student said before', () => {
    const own = known([served, answer('named', 'mine')]);
    const exchange = { upstream: 'primary' };
    expect(own.isStudents(decision('a', { context, exchange }))).toBe(false);
    expect(own.isStudents(decision('a', { context, exchange: { latency_ms: 3 } }))).toBe(true);
    expect(own.isStudents(decision('a', { context, exchange, decided_by: { kind: 'student' } }))).toBe(true);
  });
});

describe('what a guarantee is calibrated on after a deployment', () => {
  const many = Array.from({ length: 2000 }, (_, index) =>
    decision(`left-${index}`, { context: { query: `hard question ${index}` } }),
  );
  const left = many.map((one) => answer('left', answerKey(one.context as JsonObject), { probability: 0.05 }));

  it('is audits, and of what the student left to the teacher as small a share', () => {
    const own = known([...left, answer('audit', 'audit-1')]);
    expect(own.represents(decision('audit-1'))).toBe(true);
    const kept = many.filter((one) => own.represents(one)).length;
    expect(kept).toBeGreaterThan(60);
    expect(kept).toBeLessThan(145);
  });

  it('is none of it where nothing is audited, and everything that was recorded before', () => {
    const own = known(left.map((one) => ({ ...one, probability: 0 })));
    expect(many.some((one) => own.represents(one))).toBe(false);
    expect(own.represents(decision('other'))).toBe(true);
    expect(own.represents({ ...many[0]!, recorded_at: '2025-12-01T00:00:00.000Z' })).toBe(true);
  });

  it('is never what was chosen or made; such rows teach, and the digest tells them', () => {
    const run = (teaches_only: boolean) =>
      curate({
        decisions: [decision('a', { teaches_only })],
        count: 1,
        toolsets: new Map([[toolset, tools]]),
        recipe: recipeOf({}),
      });
    expect(run(true)).toMatchObject({ rows: [{ id: 'a', calibrates: false }], report: { teaching_only: 1 } });
    expect(run(false)).toMatchObject({ rows: [{ id: 'a', calibrates: true }], report: { teaching_only: 0 } });
    expect(run(true).digest).not.toBe(run(false).digest);
  });
});
