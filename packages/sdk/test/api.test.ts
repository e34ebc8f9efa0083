import { readFileSync } from 'node:fs';
import type * as contracts from '@retort/contracts';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { apiFile, apiSource } from '../scripts/api.ts';
import type { DecisionInput, OutcomeInput, PredictionInput, PredictionView } from '../src/index.ts';

describe('the types of the API that the package brings along', () => {
  it('are those of the contracts: `pnpm --filter @retort/sdk api` writes them', async () => {
    expect(readFileSync(apiFile, 'utf8')).toBe(await apiSource());
  });

  it('take whatever a contract takes, and give what it gives', () => {
    expectTypeOf<contracts.DecisionInput>().toExtend<DecisionInput>();
    expectTypeOf<contracts.PredictionInput>().toExtend<PredictionInput>();
    expectTypeOf<NonNullable<contracts.DecisionInput['outcome']>>().toExtend<OutcomeInput>();
    expectTypeOf<contracts.PredictionView>().toExtend<PredictionView>();
  });
});
