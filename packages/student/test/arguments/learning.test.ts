import type { ToolDefinition } from '@retort/contracts';
import { isFault, type JsonObject } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { compileArguments, decodeArguments, encodeArguments, learnArguments } from '../../src/arguments/index.ts';
import type { LabelledDecision } from '../../src/types.ts';

export const tools: ToolDefinition[] = [{ name: 'act' }];

export function decision(id: number, context: JsonObject, parameters: JsonObject, tool = 'act'): LabelledDecision {
  return { id: `d${id}`, context, tools, call: { tool, parameters } };
}

function learnt(decisions: readonly LabelledDecision[]) {
  return compileArguments(decodeArguments(encodeArguments(learnArguments(decisions, { seed: 7 }))));
}

describe('an argument', () => {
  it('is the first match of the shape that two examples show', () => {
    const predictor = learnt([
      decision(1, { query: 'move AB-12 to done' }, { key: 'AB-12' }),
      decision(2, { query: 'close XY-9' }, { key: 'XY-9' }),
    ]);
    expect(predictor.predict({ context: { query: 'reopen QQ-314 and tell KL-2' }, tools }, 'act').parameters).toEqual({
      key: 'QQ-314',
    });
  });

  it('is constant, copied by path or written as a number, with the type the teacher writes', () => {
    const rows = Array.from({ length: 60 }, (_, index) => {
      const id = `C-${1000 + index * 7}`;
      const amount = 50 + index * 13;
      return decision(
        index,
        { query: `send ${amount} euros to the customer`, customer: { id }, n: index },
        { channel: 'sepa', customer: { id }, amount },
      );
    });
    const predicted = learnt(rows).predict(
      { context: { query: 'send 7,777 euros to the customer', customer: { id: 'C-9' }, n: 4 }, tools },
      'act',
    );
    expect(predicted).toMatchObject({
      complete: true,
      parameters: { channel: 'sepa', customer: { id: 'C-9' }, amount: 7777 },
    });
  });
});

describe('encoded programs', () => {
  it('are refused when a byte is changed, cut off, or foreign', () => {
    const bytes = encodeArguments(learnArguments([decision(1, { query: 'close AB-1' }, { key: 'AB-1' })], { seed: 1 }));
    const broken = [
      bytes.slice(0, -9),
      new Uint8Array(0),
      new Uint8Array(64),
      ...[5, 40, bytes.length - 2].map((at) => bytes.map((byte, index) => (index === at ? byte ^ 4 : byte))),
    ];
    for (const candidate of broken)
      expect(() => decodeArguments(candidate)).toThrowError(
        expect.toSatisfy((error: unknown) => isFault(error, 'student.artifact-corrupt')) as Error,
      );
  });
});
