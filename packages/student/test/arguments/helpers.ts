import type { ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { compileArguments, crossFitArguments, decodeArguments, encodeArguments } from '../../src/arguments/index.ts';
import type { LabelledDecision } from '../../src/types.ts';

export const tools: ToolDefinition[] = [{ name: 'act' }];

export function decision(id: number, context: JsonObject, parameters: JsonObject): LabelledDecision {
  return { id: `d${id}`, context, tools, call: { tool: 'act', parameters } };
}

/** Learns, writes to bytes, reads back and compiles: what a served student does. */
export function learnt(decisions: readonly LabelledDecision[]) {
  return compileArguments(decodeArguments(encodeArguments(crossFitArguments(decisions, { seed: 7 }).programs)));
}
