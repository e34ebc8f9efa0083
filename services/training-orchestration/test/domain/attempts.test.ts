import { describe, expect, it } from 'vitest';
import { nextAttempt, searchSpace } from '../../src/domain/attempts.ts';
import { planTraining, type TriedAttempt } from '../../src/domain/training-plan.ts';

const refused = (code: string) => ({ configuration: {}, refused: [{ code, message: `${code}.` }] });

describe('the next attempt', () => {
  it('begins with the defaults', () =>
    expect(nextAttempt([], 3)).toMatchObject({ action: 'train', configuration: {} }));

  it('is another configuration when the agreement was too low', () => {
    const next = nextAttempt([refused('gate.agreement-lower-bound')], 3);
    expect(next).toMatchObject({ action: 'train' });
    expect(next.action === 'train' && Object.keys(next.configuration).length).toBeGreaterThan(0);
  });

  it('is none when only other data would help', () => {
    expect(nextAttempt([refused('gate.too-few-decisions')], 3).action).toBe('stop');
    expect(nextAttempt([refused('gate.leakage')], 3).action).toBe('stop');
  });

  it('is none after the limit, and the last reasons are told', () => {
    const tried = [refused('gate.no-threshold'), refused('gate.agreement-lower-bound')];
    expect(nextAttempt(tried, 2)).toEqual({
      action: 'stop',
      because: '2 configurations were tried and refused. The last: gate.agreement-lower-bound.',
    });
  });

  it('ends by itself, whatever the limit', () => {
    const tried = Array.from({ length: 10 }, () => refused('gate.no-threshold'));
    expect(nextAttempt(tried, 100).action).toBe('stop');
  });
});

describe('the configurations a search compares', () => {
  it('begin with the one that would be used without it, and have no other twice', () => {
    const space = searchSpace({}, 32);
    expect(space[0]).toEqual({});
    expect(new Set(space.map((one) => JSON.stringify(one))).size).toBe(space.length);
    expect(searchSpace({ epochs: 3 }, 2)).toEqual([{ epochs: 3 }, {}]);
  });
});

describe('the model trainer', () => {
  const tried = (changes: Partial<TriedAttempt>): TriedAttempt => ({
    runId: 'r1',
    state: 'succeeded',
    configuration: {},
    deployed: false,
    refused: [],
    error: null,
    ...changes,
  });
  const situation = {
    model: 'tool-calling',
    datasetVersion: 'd1',
    purpose: 'policy' as const,
    eventId: 'e1',
    tried: [],
    limit: 3,
    teacherCalls: 0,
  };
  const decide = (...attempts: TriedAttempt[]) => planTraining({ ...situation, tried: attempts });

  it('trains when nothing was tried yet', () =>
    expect(decide().decision).toMatchObject({ attempt: 1, configuration: {} }));
  it('waits for a run that is under way', () => expect(decide(tried({ state: 'running' })).decision).toBeNull());
  it('stops once a student was deployed', () => expect(decide(tried({ deployed: true })).decision).toBeNull());
  it('lets be what somebody cancelled', () => expect(decide(tried({ state: 'cancelled' })).decision).toBeNull());
  it('does not repeat what failed for a reason of its own', () =>
    expect(decide(tried({ state: 'failed', error: 'training.data-empty' })).decision).toBeNull());
  it('starts a run anew that its process took along, with the same configuration', () =>
    expect(decide(tried({ state: 'failed', error: 'run.interrupted' })).decision).toMatchObject({
      attempt: 2,
      configuration: {},
    }));
  it('gives up on a data set whose runs keep being lost', () =>
    expect(
      decide(...Array.from({ length: 4 }, () => tried({ state: 'failed', error: 'run.interrupted' }))).decision,
    ).toBeNull());

  it('never trains on an experiment by itself, and says whose it is', () => {
    const { decision, why } = planTraining({ ...situation, purpose: 'experiment' });
    expect(decision).toBeNull();
    expect(why).toBe('d1 is an experiment: whoever made it trains on it.');
  });

  it('asks the teacher for more when nothing is left to try, within its budget, and says why', () => {
    const exhausted = [tried({ refused: [{ code: 'gate.too-few-decisions', message: 'Too few.' }] })];
    const { decision, why } = planTraining({ ...situation, tried: exhausted, teacherCalls: 50 });
    expect(decision).toEqual({ action: 'ask-teacher', model: 'tool-calling', datasetVersion: 'd1', calls: 50 });
    expect(why).toContain('Too few.');
    expect(planTraining({ ...situation, tried: exhausted }).decision).toBeNull();
  });
  it('does not ask while a configuration is left', () =>
    expect(
      planTraining({
        ...situation,
        tried: [tried({ refused: [{ code: 'gate.no-threshold', message: '' }] })],
        teacherCalls: 50,
      }).decision,
    ).toMatchObject({ action: 'train', attempt: 2 }));
  it('does not ask when more decisions would not help', () =>
    expect(
      planTraining({
        ...situation,
        tried: [tried({ refused: [{ code: 'gate.leakage', message: '' }] })],
        teacherCalls: 50,
      }).decision,
    ).toBeNull());
});
