import { modelCard as cardContract } from '@retort/contracts';
import { fold } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/domain/calibration-report.ts';
import { modelCard } from '../../src/domain/model-card.ts';
import { modelLifecycle } from '../../src/domain/model-lifecycle.ts';
import type { ModelEvent } from '../../src/domain/model-state.ts';
import { stageHistory } from '../../src/domain/stage-history.ts';
import { deployed, evaluated, guarantee, trained, trainedData } from './fixtures.ts';

const dated = (events: ModelEvent[]) =>
  events.map((event, index) => ({ event, at: `2026-01-0${index + 1}T00:00:00.000Z` }));
const rolledBack = (from: string, to: string | null): ModelEvent => ({
  type: 'MODEL_ROLLED_BACK',
  data: { model: 'tool-calling', from, to, reason: 'errors' },
});

describe('the stages of a version', () => {
  const both = [trained('v1'), evaluated('v1'), deployed('v1'), trained('v2'), evaluated('v2'), deployed('v2')];

  it('are told with when and why, also those that another version brought about', () => {
    const history = stageHistory(dated([...both, rolledBack('v2', 'v1')]), 'v1');
    expect(history.map(({ stage }) => stage)).toEqual(['trained', 'evaluated', 'serving', 'retired', 'serving']);
    expect(history[0]).toEqual({ stage: 'trained', at: '2026-01-01T00:00:00.000Z', reason: 'Trained on d1.' });
    expect(history.at(-1)!.reason).toContain('Rolled back from v2 to v1: errors');
  });

  it('of a version nobody knows are none', () => expect(stageHistory(dated(both), 'v9')).toEqual([]));
});

describe('a model card', () => {
  const slice = (name: string, promised: boolean) => ({
    by: 'tool' as const,
    name,
    call_agreement: proportion(90, 100),
    served_call_agreement: proportion(85, 88),
    threshold: promised ? 0.5 : null,
    promised,
    withheld: false,
  });
  const version = (changes: object = {}, events: ModelEvent[] = [evaluated('v1')]) =>
    fold(modelLifecycle, [
      { type: 'MODEL_TRAINED', data: { ...trainedData('v1'), ...changes } },
      ...events,
    ]).versions.get('v1')!;
  const card = (...given: Parameters<typeof version>) =>
    modelCard(version(...given), { stages: [], floors: { toolFloor: 0.8 } });

  it('is what its contract says', () =>
    expect(cardContract.parse({ ...card({ slices: [slice('pay', true)] }), created_at: '2026-01-01' })).toBeDefined());

  it('has figures with numerator, denominator and interval, never a bare rate', () => {
    const { figures, tool_floors } = card({ slices: [slice('pay', true)] });
    expect(figures!.call_agreement).toMatchObject({
      numerator: 850,
      denominator: 1000,
      interval: [0.8266, 0.8709].map((bound) => expect.closeTo(bound, 3)),
    });
    expect(tool_floors[0]).toMatchObject({ tool: 'pay', served_call_agreement: { numerator: 85, denominator: 88 } });
  });

  it('says which data it learnt from, and the floor that the student itself was trained to hold', () => {
    const told = card({ card: { slices: { toolFloor: 0.7, toolFloors: { pay: 0.9 } } }, slices: [slice('pay', true)] });
    expect(told.data).toMatchObject({ dataset_version: 'd1', rows: 1000 });
    expect(told.tool_floor).toBe(0.7);
    expect(told.tool_floors[0]).toMatchObject({ tool: 'pay', floor: 0.9 });
    expect(card().tool_floor).toBe(0.8);
  });

  it('has limits that follow from the figures', () => {
    const limits = card({
      guarantee: { ...guarantee, kind: 'ltt-cross-fitted' },
      slices: [slice('pay', true), slice('rare', false)],
    }).limits.join(' ');
    expect(limits).toContain('approximate');
    expect(limits).toContain('For 1 of 2 tools');
    expect(limits).toContain('leaves about 40% of the turns with a call');
  });

  it('does not pretend to have measured what it has not', () => {
    const told = card({}, []);
    expect(told.figures).toBeNull();
    expect(told.limits).toContain('Nothing was measured of it.');
  });
});
