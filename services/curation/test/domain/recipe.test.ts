import { describe, expect, it } from 'vitest';
import { defaultEpsilon, purposeOf, recipeOf } from '../../src/domain/recipe.ts';

describe('a data set', () => {
  it('is the policy’s when nothing but a seed was chosen for it', () => {
    expect(purposeOf(recipeOf({}))).toBe('policy');
    expect(purposeOf(recipeOf({ seed: 7 }))).toBe('policy');
    expect(purposeOf(recipeOf({ epsilon: defaultEpsilon }))).toBe('policy');
  });

  it.each([{ agents: ['customer'] }, { budget: 400 }, { keep_ratio: 0.5 }, { epsilon: 0.1 }])(
    'is an experiment with %o',
    (parameters) => {
      expect(purposeOf(recipeOf(parameters))).toBe('experiment');
    },
  );
});
