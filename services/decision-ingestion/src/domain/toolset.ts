import { toolList, type ToolDefinition } from '@retort/contracts';
import { digestOfJson, fault, toPointer, type Digest, type FaultPointer } from '@retort/kernel';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { SchemaCompiler, SchemaCompilers } from './tool-schema.ts';

/** A list of tools with its validators, each compiled when it is first needed. */
export interface Toolset {
  digest: Digest;
  tools: readonly ToolDefinition[];
  /** Compiles one tool's schema now.
   *  @throws `toolsets.invalid-schema` (422) */
  compile(index: number): void;
  /** Whether a call could be made: its tool was offered, and its arguments fit; or, where those are null, the ones that are
   *  known all the same.
   *  @throws `decisions.tool-not-offered`, `decisions.parameters-invalid` (422) */
  check(tool: string | null, parameters: Parameters | null, known?: Parameters | null, at?: CallPointers): void;
}
/** Where a call stands in the decision that tells it. */
export interface CallPointers {
  tool: string;
  parameters: string;
  known: string;
}

type Parameters = Record<string, unknown>;

/** Reads a list of tools as it was posted; members the contract does not know are dropped.
 *  @throws `toolsets.invalid` (400), pointing under `at` */
export function parseTools(value: unknown, at: string): ToolDefinition[] {
  const parsed = toolList.safeParse(value);
  if (parsed.success) return parsed.data;
  throw fault('toolsets.invalid', {
    public: 'The list of tools does not satisfy its schema.',
    errors: parsed.error.issues
      .slice(0, 50)
      .map(({ path, message }) => ({ pointer: `${at}${toPointer(path)}`, message })),
  });
}

/** `at` is where the list stands in the body that brought it, for the pointers of its faults. */
export function toolset(
  tools: readonly ToolDefinition[],
  { compile, at = '/tools' }: { compile: SchemaCompilers; at?: string },
): Toolset {
  const places = new Map(tools.map((tool, index) => [tool.name, index]));
  const compiled = (compileSchema: SchemaCompiler) => {
    const validators: (ValidateFunction | undefined)[] = [];
    return (index: number) =>
      (validators[index] ??= compileSchema(tools[index]!.parameters ?? noArguments, `${at}/${index}/parameters`));
  };
  const [validator, validatorInPart] = [compiled(compile.whole), compiled(compile.inPart)];
  return {
    digest: digestOfJson(tools),
    tools,
    compile: (index) => void validator(index),
    check(tool, parameters, known, at = firstCall) {
      if (tool === null) return;
      const index = places.get(tool);
      if (index === undefined)
        throw fault('decisions.tool-not-offered', {
          public: 'The tool selected is not among the tools offered.',
          errors: [{ pointer: at.tool, message: 'not among the tools offered' }],
        });
      const whole = validator(index);
      const stated = parameters ?? known;
      if (!stated) return;
      const validate = parameters ? whole : validatorInPart(index);
      if (validate(stated)) return;
      throw fault('decisions.parameters-invalid', {
        public: `The parameters do not satisfy the schema of the tool.`,
        errors: (validate.errors ?? [])
          .slice(0, 50)
          .map((error) => pointerOf(error, parameters ? at.parameters : at.known)),
      });
    },
  };
}

const firstCall: CallPointers = { tool: '/tool_selected', parameters: '/tool_parameters', known: '/known_parameters' };

const noArguments = { type: 'object', maxProperties: 0 };

function pointerOf({ instancePath, keyword, params, message }: ErrorObject, at: string): FaultPointer {
  const detail = params as Record<string, unknown>;
  const member =
    keyword === 'required'
      ? detail['missingProperty']
      : keyword === 'additionalProperties'
        ? detail['additionalProperty']
        : keyword === 'unevaluatedProperties'
          ? detail['unevaluatedProperty']
          : undefined;
  return {
    pointer: `${at}${instancePath}${typeof member === 'string' ? toPointer([member]) : ''}`,
    message: message ?? 'does not satisfy the schema of the tool',
  };
}
