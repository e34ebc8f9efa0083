import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toolSchemaLimits } from '../src/limits.ts';
import { meter } from '../src/meter.ts';
import { toolSchemaCompiler } from '../src/tool-schema.ts';

const counter = meter();
const compile = toolSchemaCompiler(counter);

/** Schemas that recurse into themselves, branch, and loop over members and items. */
const { schema } = fc.letrec<{ schema: Record<string, unknown> }>((tie) => {
  const branches = fc.array(tie('schema'), { minLength: 1, maxLength: 3 });
  const names = fc.constantFrom('a', 'b', 'c');
  return {
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<Record<string, unknown>>(
        {},
        { type: 'integer', minimum: 2 },
        { type: 'string', pattern: '^(a|b|ab)*c?$' },
        { pattern: '^(?:[a-z]{0,30}){0,10}$' },
        { enum: [1, 'a', ['a'], { a: 1 }] },
        { uniqueItems: true },
        { required: ['a', 'b'] },
        { format: 'uri-template' },
        { $ref: '#' },
      ),
      fc.record({ allOf: branches }),
      fc.record({ anyOf: branches }),
      fc.record({ oneOf: branches }),
      fc.record({ not: tie('schema') }),
      fc.record({ if: tie('schema'), then: tie('schema'), else: tie('schema') }),
      fc.record({ items: tie('schema'), uniqueItems: fc.boolean() }),
      fc.record({ contains: tie('schema') }),
      fc.record({ prefixItems: branches, unevaluatedItems: tie('schema') }),
      fc.record({ properties: fc.dictionary(names, tie('schema')), unevaluatedProperties: tie('schema') }),
      fc.record({ patternProperties: fc.dictionary(fc.constantFrom('^a', 'b+', '.'), tie('schema')) }),
      fc.record({ additionalProperties: tie('schema'), propertyNames: tie('schema') }),
    ),
  };
});

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 0, 1, 2, 2.5, 'a', 'ab', 'abc', 'a'.repeat(40)),
    fc.array(tie('value'), { maxLength: 8 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'ab'), tie('value')),
  ),
}));

/** The same value many times over, one level deeper each: what is quadratic or worse shows. */
const magnified = fc
  .tuple(value, fc.integer({ min: 0, max: 60 }), fc.constantFrom(1, 50, 3_000))
  .map(([inner, levels, items]) => {
    let whole: unknown = Array.from({ length: items }, () => inner);
    for (let level = 0; level < levels; level++) whole = level % 2 === 0 ? [whole] : { a: whole };
    return whole;
  });

/** The largest charge of one keyword: a pattern over the longest text, or a loop over the longest list. */
const largestCharge = 1_000_000;

describe('a check', () => {
  it('ends within its budget of steps, whatever schema and arguments come together', () => {
    let most = 0;
    let exhausted = 0;
    fc.assert(
      fc.property(schema, magnified, (given, asked) => {
        const compiled = compile(given);
        if (compiled.refusals.length > 0) return;
        const objection = compiled.check(asked);
        if (objection?.kind === 'over-budget') exhausted++;
        most = Math.max(most, counter.spent());
        expect(counter.spent()).toBeLessThanOrEqual(toolSchemaLimits.steps + largestCharge);
      }),
      { numRuns: 400, seed: 5 },
    );
    // The property is not true for want of work.
    expect(most).toBeGreaterThan(toolSchemaLimits.steps / 20);
    process.stdout.write(`tool-schema: ${most} steps at most, ${exhausted} checks over budget\n`);
  });

  it('comes to the verdict that plain Ajv comes to', () => {
    let compared = 0;
    fc.assert(
      fc.property(schema, value, (given, asked) => {
        const compiled = compile(given);
        if (compiled.refusals.length > 0 || compiled.unchecked.length > 0) return;
        const objection = compiled.check(asked);
        if (objection?.kind === 'over-budget') return;
        const plain = new Ajv2020({ strict: false, logger: false, formats: { 'uri-template': true } });
        compared++;
        // Without an error of its own a `uri-template` of this alphabet is always one.
        expect([given, asked, objection === null]).toEqual([given, asked, plain.validate(given, asked)]);
      }),
      { numRuns: 300, seed: 9 },
    );
    expect(compared).toBeGreaterThan(100);
  });
});
