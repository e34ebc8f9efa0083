import { pointersOf, toolList, type ToolDefinition } from '@retort/contracts';
import { digestOfJson, fault, type Digest, type FaultPointer } from '@retort/kernel';
import type { Objection, ToolSchemas } from '@retort/tool-schema';

/** A list of tools. The schema of each is compiled when it is first needed. */
export interface Toolset {
  digest: Digest;
  tools: readonly ToolDefinition[];
  /** What of the tools' schemas was found to go unchecked when they were registered, by pointers below `/tools`. */
  unchecked: readonly FaultPointer[];
  /** Compiles one tool's schema now, and says what of it goes unchecked, by pointers below `/tools`.
   *  @throws `toolsets.invalid-schema` (422) */
  compile(index: number): readonly FaultPointer[];
  /** Which of these tools have a schema that is yet to be compiled. */
  uncompiled(tools: readonly (string | null)[]): number[];
  /** Whether a call could be made: its tool was offered, and its arguments fit; or, where those are null, the ones that are
   *  known all the same.
   *  @throws `decisions.tool-not-offered`, `decisions.parameters-invalid`, `decisions.parameters-over-budget` (422) */
  check(tool: string | null, parameters: Parameters | null, known?: Parameters | null, at?: CallPointers): void;
}
/** Where a call stands in the decision that tells it. */
export interface CallPointers {
  /** How many calls the decision tells: their checks share one budget. */
  calls: number;
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
    errors: pointersOf(parsed.error, toolList).map(({ pointer, message }) => ({ pointer: `${at}${pointer}`, message })),
  });
}

/** `at` is where the list stands in the body that brought it, for the pointers of its faults. */
export function toolset(
  tools: readonly ToolDefinition[],
  { schemas, at = '/tools', unchecked = [] }: { schemas: ToolSchemas; at?: string; unchecked?: FaultPointer[] },
): Toolset {
  const places = new Map(tools.map((tool, index) => [tool.name, index]));
  const schemaOf = (index: number) => schemas.of(tools[index]!.parameters ?? noArguments);
  return {
    digest: digestOfJson(tools),
    tools,
    unchecked,
    compile(index) {
      const { refusals, unchecked } = schemaOf(index);
      const below = (place: string, pointers: readonly FaultPointer[]) =>
        pointers.map(({ pointer, message }) => ({ pointer: `${place}/${index}/parameters${pointer}`, message }));
      if (refusals.length > 0) throw invalidSchema(below(at, refusals));
      return below('/tools', unchecked);
    },
    uncompiled: (names) =>
      [...new Set(names.flatMap((name) => places.get(name ?? '') ?? []))].filter(
        (index) => !schemas.has(tools[index]!.parameters ?? noArguments),
      ),
    check(tool, parameters, known, place = firstCall) {
      if (tool === null) return;
      const index = places.get(tool);
      if (index === undefined) throw notOffered(place.tool);
      const stated = parameters ?? known;
      if (!stated) return;
      const schema = schemaOf(index);
      const objection = parameters ? schema.check(stated, place.calls) : schema.checkInPart(stated, place.calls);
      if (objection) throw objected(objection, parameters ? place.parameters : place.known);
    },
  };
}

const firstCall: CallPointers = {
  tool: '/tool_selected',
  parameters: '/tool_parameters',
  known: '/known_parameters',
  calls: 1,
};

const noArguments = { type: 'object', maxProperties: 0 };

function invalidSchema(errors: FaultPointer[]) {
  return fault('toolsets.invalid-schema', {
    public: 'The parameters of a tool are not a JSON Schema that can be checked.',
    errors,
  });
}

function notOffered(pointer: string) {
  return fault('decisions.tool-not-offered', {
    public: 'The tool selected is not among the tools offered.',
    errors: [{ pointer, message: 'not among the tools offered' }],
  });
}

function objected(objection: Objection, at: string) {
  if (objection.kind === 'over-budget')
    return fault('decisions.parameters-over-budget', {
      public: 'The parameters take too many steps to be checked against the schema of the tool.',
      errors: [{ pointer: at, message: 'takes too many steps to be checked' }],
    });
  return fault('decisions.parameters-invalid', {
    public: 'The parameters do not satisfy the schema of the tool.',
    errors: objection.violations.map(({ pointer, message }) => ({ pointer: `${at}${pointer}`, message })),
  });
}
