import type { EventData } from '@retort/contracts';
import { fold } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { evaluationRecord, type EvaluationEvent, type RecordEvaluation } from '../../src/domain/evaluation-record.ts';

const version = { model: 'tool-calling', model_version: 'v1' };
const evaluation = (evaluation_id: string): EventData<'MODEL_EVALUATED'> => ({
  ...version,
  evaluation_id,
  source: 'a test',
  report: {} as EventData<'MODEL_EVALUATED'>['report'],
});
const drift = { ...version, monitor: 'm', statistic: 1, critical: 0.5, window: { from: '', to: '', decisions: 9 } };
const retrain = { ...version, reason: 'It drifted.' };

const typesAfter = (history: EvaluationEvent[], command: RecordEvaluation) =>
  evaluationRecord.decide(command, fold(evaluationRecord, history)).map(({ type }) => type);

describe('the record of evaluations', () => {
  it('holds an evaluation, the drift it found and the retraining it asks for, in this order', () =>
    expect(typesAfter([], { evaluation: evaluation('e1'), drift, retrain })).toEqual([
      'MODEL_EVALUATED',
      'DRIFT_DETECTED',
      'RETRAIN_TRIGGERED',
    ]));

  it('holds each evaluation once, however often it is recorded', () => {
    const history = ['e1', 'e2', 'e3'].map((id) => ({ type: 'MODEL_EVALUATED' as const, data: evaluation(id) }));
    for (const id of ['e1', 'e2', 'e3'])
      expect(typesAfter(history, { evaluation: evaluation(id), drift, retrain })).toEqual([]);
    expect(typesAfter(history, { evaluation: evaluation('e4') })).toEqual(['MODEL_EVALUATED']);
  });

  it('asks for a retraining once a version', () => {
    const asked = [{ type: 'RETRAIN_TRIGGERED' as const, data: retrain }];
    expect(typesAfter(asked, { evaluation: evaluation('e1'), retrain })).toEqual(['MODEL_EVALUATED']);
    const another = { ...evaluation('e1'), model_version: 'v2' };
    expect(typesAfter(asked, { evaluation: another, retrain: { ...retrain, model_version: 'v2' } })).toEqual([
      'MODEL_EVALUATED',
      'RETRAIN_TRIGGERED',
    ]);
  });
});
