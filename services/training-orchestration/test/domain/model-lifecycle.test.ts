import { fold, isFault } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { defaultGatePolicy } from '../../src/domain/gate.ts';
import { modelLifecycle, type ModelCommand } from '../../src/domain/model-lifecycle.ts';
import type { ModelEvent } from '../../src/domain/model-state.ts';
import { deployed, evaluated, trained, trainedData } from './fixtures.ts';

const deploy = (version: string, by: 'policy' | 'approver' = 'approver'): ModelCommand => ({
  type: 'Deploy',
  model: 'tool-calling',
  version,
  policy: defaultGatePolicy,
  by,
});
const rollBack = (from?: string): ModelCommand => ({ type: 'RollBack', model: 'tool-calling', reason: 'errors', from });

function given(history: ModelEvent[]) {
  const state = fold(modelLifecycle, history);
  return {
    when: (command: ModelCommand) => ({
      then: (...types: string[]) => {
        const events = modelLifecycle.decide(command, state);
        expect(events.map(({ type }) => type)).toEqual(types);
        return events;
      },
      thenRejected: (code: string) => {
        expect(() => modelLifecycle.decide(command, state)).toThrow(expect.toSatisfy((error) => isFault(error, code)));
      },
    }),
    then: (check: (current: typeof state) => void) => check(state),
  };
}

describe('a model', () => {
  it('is known once it was trained', () =>
    void given([])
      .when({ type: 'RegisterTrained', trained: trainedData('v1') })
      .then('MODEL_TRAINED'));

  it('is one version when training gave the same artifact again', () =>
    void given([trained('v1')])
      .when({ type: 'RegisterTrained', trained: trainedData('v1') })
      .then());

  it('never takes another artifact under the name of a version it has', () =>
    given([trained('v1')])
      .when({ type: 'RegisterTrained', trained: { ...trainedData('v1'), artifact: `sha256:${'f'.repeat(64)}` } })
      .thenRejected('model.version-exists'));

  it('is deployed when the gate holds', () => {
    const [event] = given([trained('v1'), evaluated('v1')])
      .when(deploy('v1'))
      .then('MODEL_DEPLOYED');
    expect(event).toMatchObject({ data: { model_version: 'v1', artifact: trainedData('v1').artifact, percent: 100 } });
  });

  it('is not deployed when the lower bound of its agreement misses the target', () => {
    const [event] = given([trained('v2'), evaluated('v2', { decisions: 100, served: { agreed: 95, of: 100 } })])
      .when(deploy('v2'))
      .then('MODEL_DEPLOYMENT_REFUSED');
    expect(event).toMatchObject({ data: { reasons: [{ code: 'gate.agreement-lower-bound' }] } });
  });

  it('is not deployed before it was evaluated', () => {
    const [event] = given([trained('v1')])
      .when(deploy('v1'))
      .then('MODEL_DEPLOYMENT_REFUSED');
    expect(event).toMatchObject({ data: { reasons: [{ code: 'gate.not-evaluated' }] } });
  });

  it('is not refused twice for the same reasons', () => {
    const history = [trained('v1')];
    const refused = given(history).when(deploy('v1')).then('MODEL_DEPLOYMENT_REFUSED');
    given([...history, ...refused])
      .when(deploy('v1'))
      .then();
  });

  it('may be deployed after a refusal, once a better evaluation is there', () => {
    const history = [trained('v1')];
    const refused = given(history).when(deploy('v1')).then('MODEL_DEPLOYMENT_REFUSED');
    given([...history, ...refused, evaluated('v1')])
      .when(deploy('v1'))
      .then('MODEL_DEPLOYED');
  });

  it('is deployed once, however often that is asked', () =>
    void given([trained('v1'), evaluated('v1'), deployed('v1')])
      .when(deploy('v1'))
      .then());

  it('has no version that nobody trained', () => given([]).when(deploy('v9')).thenRejected('model.unknown-version'));

  it('records an evaluation once', () =>
    void given([trained('v1'), evaluated('v1')])
      .when({ type: 'RecordEvaluation', evaluation: evaluated('v1').data as never })
      .then());

  it('retires the version before when another is deployed', () =>
    given([trained('v1'), evaluated('v1'), deployed('v1'), trained('v2'), evaluated('v2'), deployed('v2')]).then(
      (state) => {
        expect(state.versions.get('v1')?.stage).toBe('retired');
        expect(state.versions.get('v2')?.stage).toBe('serving');
        expect(state.serving).toBe('v2');
      },
    ));
});

describe('a roll-back', () => {
  const two = [trained('v1'), evaluated('v1'), deployed('v1'), trained('v2'), evaluated('v2'), deployed('v2')];

  it('goes to the version that served before', () => {
    const [event] = given(two).when(rollBack()).then('MODEL_ROLLED_BACK');
    expect(event).toMatchObject({ data: { from: 'v2', to: 'v1' } });
  });

  it('goes to nobody when nothing served before: the teacher answers', () => {
    const events = given(two.slice(0, 3)).when(rollBack()).then('MODEL_ROLLED_BACK');
    expect(events[0]).toMatchObject({ data: { from: 'v1', to: null } });
    given([...two.slice(0, 3), ...events])
      .when(rollBack())
      .then();
  });

  it('named after the version to leave goes back once, however often it is asked', () => {
    const events = given(two).when(rollBack('v2')).then('MODEL_ROLLED_BACK');
    given([...two, ...events])
      .when(rollBack('v2'))
      .then();
  });

  it('does not lead back to the version it left', () => {
    const back = given(two).when(rollBack()).then('MODEL_ROLLED_BACK');
    const [event] = given([...two, ...back])
      .when(rollBack())
      .then('MODEL_ROLLED_BACK');
    expect(event).toMatchObject({ data: { from: 'v1', to: null } });
  });

  it('pins: what was rolled back does not return by itself, nor does another student of its data set', () => {
    const back = given(two).when(rollBack()).then('MODEL_ROLLED_BACK');
    const other = [trained('v3'), evaluated('v3')];
    for (const version of ['v2', 'v3']) {
      const [refused] = given([...two, ...back, ...other])
        .when(deploy(version, 'policy'))
        .then('MODEL_DEPLOYMENT_REFUSED');
      expect(refused).toMatchObject({ data: { reasons: [{ code: 'gate.rolled-back' }] } });
    }
    const fresh = trained('v4', { dataset_version: 'd2' });
    given([...two, ...back, fresh, evaluated('v4')])
      .when(deploy('v4', 'policy'))
      .then('MODEL_DEPLOYED');
  });

  it('is lifted by whoever may approve: the version is deployed, and may be by the policy afterwards', () => {
    const back = given(two).when(rollBack()).then('MODEL_ROLLED_BACK');
    const lifted = given([...two, ...back])
      .when(deploy('v2', 'approver'))
      .then('MODEL_DEPLOYED');
    given([...two, ...back, ...lifted]).then((state) => expect(state.rolledBack.size).toBe(0));
  });

  it('of a model nobody knows is refused', () => given([]).when(rollBack()).thenRejected('model.unknown'));
});
