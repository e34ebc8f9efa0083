import type { ToolDefinition } from '@retort/contracts';
import type { Call } from '@retort/kernel';
import { toolSchemas } from '@retort/tool-schema';

/** Whether a call may be made: its tool is offered and its arguments pass the tool's JSON Schema. `unchecked` says that nothing
 *  speaks against it, and that the schema has parts that cannot be checked. */
export type CallVerdict = 'fits' | 'misfits' | 'unchecked';
export type CallJudge = (call: Call, definition: ToolDefinition | undefined) => CallVerdict;

/** Whether nothing speaks against a call, as far as it can be checked. */
export type CallCheck = (call: Call, definition: ToolDefinition | undefined) => boolean;

export function callCheck(): CallCheck {
  const judge = callJudge();
  return (call, definition) => judge(call, definition) !== 'misfits';
}

/** Compiles each schema once, by the rules that ingestion holds the teacher's calls to. */
export function callJudge(): CallJudge {
  const schemas = toolSchemas();
  return ({ tool, parameters }, definition) => {
    if (tool === null) return 'fits';
    if (!definition) return 'misfits';
    if (!definition.parameters) return Object.keys(parameters).length === 0 ? 'fits' : 'misfits';
    const schema = schemas.of(definition.parameters);
    const objection = schema.check(parameters);
    if (objection?.kind === 'violated') return 'misfits';
    return objection || schema.unchecked.length > 0 ? 'unchecked' : 'fits';
  };
}
