import type { CurationOutlook } from '@retort/contracts';
import { describe, expect, it } from 'vitest';
import { nextStep } from '../../src/domain/next-step.ts';
import { whatHelps } from '../../src/domain/what-helps.ts';

const outlook = (seen: Partial<CurationOutlook>): CurationOutlook => ({
  decisions: 0,
  considered: 0,
  needed: 150,
  dataset_version: null,
  under_way: false,
  automatic: true,
  why: '',
  ...seen,
});
const nothing = { training: null, serves: false };
const curated = { considered: 150, dataset_version: 'dv1' };

describe('the next step of the loop', () => {
  it('is to record, while nothing came in', () => {
    expect(nextStep({ outlook: outlook({}), ...nothing }).step).toBe('record');
  });

  it('says how many decisions are missing until the first student, and how to have it now', () => {
    expect(nextStep({ outlook: outlook({ decisions: 157, needed: 200 }), ...nothing })).toEqual({
      step: 'curate',
      message: '157 of 200 new decisions: the first student is tried at 200 decisions, or now: retort train.',
      have: 157,
      need: 200,
    });
  });

  it('counts nothing as missing once enough came in', () => {
    const { message } = nextStep({
      outlook: outlook({ decisions: 1_213, ...curated, needed: 249 }),
      training: null,
      serves: true,
    });
    expect(message).toBe(
      '1063 new decisions came in, 249 are enough: the next student is tried when the curator looks next, or now: retort train.',
    );
  });

  it('does not say that something comes by itself where nothing does', () => {
    const { message } = nextStep({ outlook: outlook({ decisions: 157, automatic: false }), ...nothing });
    expect(message).toContain('By itself nothing is trained here: retort train.');
  });

  it('is under way while there is a run, whatever came in since', () => {
    const running = { training: { state: 'running' as const, datasetVersion: 'dv1' }, serves: false };
    expect(nextStep({ outlook: outlook({ decisions: 900, ...curated }), ...running }).step).toBe('training');
    expect(nextStep({ outlook: outlook({ decisions: 900, under_way: true }), ...running }).step).toBe('curating');
  });

  it('is more data after a refusal, up to where the next student is tried', () => {
    const ended = { training: { state: 'succeeded' as const, datasetVersion: 'dv1' }, serves: false };
    expect(nextStep({ outlook: outlook({ decisions: 180, ...curated }), ...ended })).toMatchObject({
      step: 'more-data',
      message: '30 of 150 new decisions: the next student is tried at 300 decisions, or now: retort train.',
    });
  });

  it('goes on while a student serves', () => {
    const serving = { training: { state: 'succeeded' as const, datasetVersion: 'dv1' }, serves: true };
    expect(nextStep({ outlook: outlook({ decisions: 180, ...curated }), ...serving }).step).toBe('serving');
  });
});

describe('what helps', () => {
  it('is said once, for whatever the gate can refuse for', () => {
    const reasons = ['too-few-decisions', 'no-threshold', 'no-threshold', 'tool-floor', 'leakage'];
    const helps = whatHelps(reasons.map((reason) => ({ code: `gate.${reason}`, message: '' })));
    expect(helps).toHaveLength(4);
  });
});
