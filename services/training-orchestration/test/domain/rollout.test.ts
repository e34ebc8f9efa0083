import { fold, isFault } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { deployedModelOf } from '../../src/domain/deployment-history.ts';
import { defaultGatePolicy } from '../../src/domain/gate.ts';
import { modelLifecycle, type ModelCommand } from '../../src/domain/model-lifecycle.ts';
import type { ModelEvent } from '../../src/domain/model-state.ts';
import { deployed, evaluated, trained } from './fixtures.ts';

const model = 'tool-calling';
const guards = { errors: 0.01, slow: 0.05, slow_ms: 50 };
const challenge = (
  version: string,
  more: Partial<Extract<ModelCommand, { type: 'Challenge' }>> = {},
): ModelCommand => ({
  type: 'Challenge',
  model,
  version,
  id: `rollout of ${version}`,
  policy: defaultGatePolicy,
  strategy: 'canary',
  percent: 10,
  agents: null,
  guards,
  ...more,
});
const promote = (version: string): ModelCommand => ({ type: 'Promote', model, version, policy: defaultGatePolicy });
const rollBack = (from?: string): ModelCommand => ({ type: 'RollBack', model, reason: 'errors', from });
const known = [trained('v1'), evaluated('v1'), deployed('v1'), trained('v2'), evaluated('v2')];

function given(...commands: (ModelCommand | ModelEvent)[]) {
  const history: ModelEvent[] = [...known];
  const decided = (command: ModelCommand) => modelLifecycle.decide(command, fold(modelLifecycle, history));
  for (const one of commands) history.push(...('data' in one ? [one] : decided(one)));
  return { history, state: fold(modelLifecycle, history), when: decided };
}
const types = (events: ModelEvent[]) => events.map(({ type }) => type);
const reverted: ModelEvent = {
  type: 'MODEL_ROLLOUT_ENDED',
  data: {
    rollout_id: 'rollout of v2',
    model,
    model_version: 'v2',
    outcome: 'reverted',
    guard: 'errors',
    reason: '5 of 5 answers failed; 1% may.',
  },
};

describe('a challenger', () => {
  it('challenges what serves when the gate holds, and what serves goes on', () => {
    const { history, state } = given(challenge('v2'));
    expect(history.at(-1)).toMatchObject({ type: 'MODEL_ROLLOUT_STARTED', data: { champion: 'v1', percent: 10 } });
    expect(state).toMatchObject({ serving: 'v1', rollout: { model_version: 'v2' } });
    expect(state.versions.get('v2')!.stage).toBe('challenger');
  });

  it('is refused as a canary where the gate does not hold, and may still be a shadow', () => {
    const weak = evaluated('v2', { decisions: 100, served: { agreed: 95, of: 100 } }, 'again');
    expect(types(given(weak).when(challenge('v2')))).toEqual(['MODEL_DEPLOYMENT_REFUSED']);
    expect(types(given(weak).when(challenge('v2', { strategy: 'shadow' })))).toEqual(['MODEL_ROLLOUT_STARTED']);
  });

  it('is the same rollout with another share, and nothing new with the same', () => {
    const { when } = given(challenge('v2'));
    expect(when(challenge('v2', { id: 'another' }))).toEqual([]);
    const [more] = when(challenge('v2', { id: 'another', percent: 50 }));
    expect(more).toMatchObject({ data: { rollout_id: 'rollout of v2', percent: 50 } });
  });

  it('gives way to another', () => {
    const { when } = given(challenge('v2'), trained('v3'), evaluated('v3'));
    expect(when(challenge('v3'))).toMatchObject([
      { type: 'MODEL_ROLLOUT_ENDED', data: { model_version: 'v2', outcome: 'replaced' } },
      { type: 'MODEL_ROLLOUT_STARTED', data: { model_version: 'v3' } },
    ]);
  });

  it('serves once it is promoted; promoted again, nothing happens', () => {
    const { state, when } = given(challenge('v2'), promote('v2'));
    expect(state).toMatchObject({ serving: 'v2', rollout: null, previous: ['v1'] });
    expect(when(promote('v2'))).toEqual([]);
  });

  it('is promoted only while it challenges', () =>
    expect(() => given().when(promote('v2'))).toThrow(
      expect.toSatisfy((error) => isFault(error, 'deployment.no-challenger')),
    ));

  it('cannot be what serves already', () =>
    expect(() => given().when(challenge('v1'))).toThrow(
      expect.toSatisfy((error) => isFault(error, 'deployment.already-serves')),
    ));

  it('is what a roll-back takes back first; what serves only after that', () => {
    const { state, when } = given(challenge('v2'), rollBack());
    expect(state).toMatchObject({ serving: 'v1', rollout: null });
    expect(when(rollBack('v2'))).toEqual([]);
    expect(types(when(rollBack()))).toEqual(['MODEL_ROLLED_BACK']);
  });

  it('that a guard reverted does not come back by the policy, and does by an approver', () => {
    const { when, state } = given(challenge('v2'), reverted);
    expect(state).toMatchObject({ serving: 'v1', rollout: null });
    const deploy = { type: 'Deploy', model, version: 'v2', policy: defaultGatePolicy } as const;
    expect(when({ ...deploy, by: 'policy' })).toMatchObject([{ data: { reasons: [{ code: 'gate.rolled-back' }] } }]);
    expect(types(when(challenge('v2', { id: 'second' })))).toEqual(['MODEL_ROLLOUT_STARTED']);
  });

  it('is not ended by a guard that speaks of an earlier attempt', () => {
    const { state } = given(challenge('v2'), reverted, challenge('v2', { id: 'second' }), reverted);
    expect(state.rollout?.rollout_id).toBe('second');
  });
});

describe('the deployments', () => {
  it('say who serves, who challenges and what became of earlier challengers', () => {
    const { history, state } = given(challenge('v2'), reverted, challenge('v2', { id: 'second' }), promote('v2'));
    const dated = history.map((event, index) => ({ event, at: `2026-03-0${index + 1}` }));
    expect(deployedModelOf(model, { state, history: dated })).toEqual({
      model,
      champion: { model_version: 'v2', since: '2026-03-09' },
      previous: 'v1',
      challenger: null,
      ended: [
        expect.objectContaining({ rollout_id: 'second', outcome: 'promoted', at: '2026-03-09' }),
        expect.objectContaining({
          rollout_id: 'rollout of v2',
          outcome: 'reverted',
          guard: 'errors',
          at: '2026-03-07',
        }),
      ],
    });
  });
});
