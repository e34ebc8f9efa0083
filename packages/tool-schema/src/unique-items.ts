import { canonicalJson } from '@retort/kernel';
import type { FuncKeywordDefinition } from 'ajv';
import type { Meter } from './meter.ts';

const charactersPerStep = 4;

/** `uniqueItems` in linear time: equal JSON values have equal canonical texts. */
export function uniqueItems(meter: Meter): FuncKeywordDefinition {
  return {
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    compile: (demanded: boolean) => (items: unknown[]) => !demanded || areUnique(items, meter),
    error: { message: 'must NOT have duplicate items' },
  };
}

function areUnique(items: readonly unknown[], meter: Meter): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const text = canonicalJson(item);
    meter.spend(12 + text.length / charactersPerStep);
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}
