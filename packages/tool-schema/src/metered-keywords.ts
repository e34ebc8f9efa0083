import { _, Name, type Ajv, type AnySchemaObject, type KeywordCxt } from 'ajv';
import { keywordCost } from './keyword-cost.ts';
import type { Meter } from './meter.ts';

/** A keyword where it stands in a schema. */
export interface Keyword {
  name: string;
  value: unknown;
  /** The schema object that holds it. */
  holder: AnySchemaObject;
}

/** Makes every keyword count its steps before it does its work. The count is part of the code that Ajv generates: it holds
 *  wherever a reference or a recursion leads. `admit` sees each keyword when it is compiled; one that it does not admit is
 *  left out. */
export function meterKeywords(ajv: Ajv, meter: Meter, admit: (keyword: Keyword) => boolean): void {
  for (const [name, rule] of Object.entries(ajv.RULES.all)) {
    if (typeof rule !== 'object' || !('code' in rule.definition)) continue;
    const { code } = rule.definition;
    rule.definition.code = (context, type) => {
      if (!admit({ name, value: context.schema as unknown, holder: context.parentSchema })) return;
      countSteps(context, meter);
      code(context, type);
    };
  }
}

/** How many errors the generated code has collected. */
const errors = new Name('errors');

function countSteps({ gen, keyword, schema, data }: KeywordCxt, meter: Meter): void {
  const { once, each } = keywordCost(keyword, schema as unknown);
  const counter = gen.scopeValue('obj', { ref: meter, key: meter });
  // Ajv copies the list of errors wherever a reference returns some.
  gen.code(_`${counter}.spend(${once} + (${errors} >> 3))`);
  if (each > 0) gen.code(_`${counter}.spendOn(${data}, ${each})`);
}
