import type { ToolDefinition } from '@retort/contracts';
import type { Call } from '@retort/kernel';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** Whether a call may be made at all: its tool is offered and its arguments pass the tool's JSON Schema. */
export type CallCheck = (call: Call, definition: ToolDefinition | undefined) => boolean;

const REMEMBERED_SCHEMAS = 2048;

/** Compiles each schema once, recognised by identity, and by content where a caller builds it anew. A schema that does not
 *  compile lets nothing pass: what cannot be checked is not served. */
export function callCheck(): CallCheck {
  const compiled = new WeakMap<ToolDefinition, ValidateFunction | null>();
  let ajv = validator();
  const byContent = new Map<string, ValidateFunction | null>();
  return ({ tool, parameters }, definition) => {
    if (tool === null) return true;
    if (!definition) return false;
    if (!definition.parameters) return Object.keys(parameters).length === 0;
    let validate = compiled.get(definition);
    if (validate === undefined) {
      const content = JSON.stringify(definition.parameters);
      validate = byContent.get(content);
      if (validate === undefined) {
        // Ajv never forgets a schema: a fresh one keeps a long life within bounds.
        if (byContent.size === REMEMBERED_SCHEMAS) {
          ajv = validator();
          byContent.clear();
        }
        validate = compile(ajv, definition.parameters);
        byContent.set(content, validate);
      }
      compiled.set(definition, validate);
    }
    return validate !== null && validate(parameters);
  };
}

function validator(): Ajv {
  const ajv = new Ajv({ strict: false, logger: false, addUsedSchema: false });
  formats.default(ajv);
  return ajv;
}

function compile(
  ajv: Ajv,
  { $schema: _schema, $id: _id, ...schema }: Record<string, unknown>,
): ValidateFunction | null {
  try {
    return ajv.compile(schema);
  } catch {
    return null;
  }
}
