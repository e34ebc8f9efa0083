import { pointersOf, toolList, type PredictionInput, type ToolDefinition } from '@retort/contracts';
import { boundedCache, digestOf, fault, isFault, type Clock } from '@retort/kernel';
import type { Trace } from '@retort/service-kit';

type Tools = readonly ToolDefinition[];
export interface ToolsetQuestion {
  tenant: string;
  trace: Trace;
  input: Pick<PredictionInput, 'tools_available' | 'toolset'>;
  /** JSON pointer of the prediction within the body. */
  at: string;
}

/** The tools a request offers, checked once: the same toolset again is the same array, so that whatever the student
 *  prepares for a toolset it prepares once. Returns without a promise when the toolset is known.
 *  @throws `predictions.tools-invalid` (400), `predictions.toolset-unknown` (422) */
export type Toolsets = (question: ToolsetQuestion) => Tools | Promise<Tools>;

/** A name may be registered for other tools later; a digest may not. */
const namesValidForMs = 10_000;
const none: Tools = [];
/** Characters of a toolset that is its own key: looking it up takes less than its digest. */
const longestKey = 4_096;

/** The tools behind a digest or a registered name.
 *  @throws a fault of status 404 when nothing is registered under it */
export type RegisteredTools = (request: { tenant: string; trace: Trace; reference: string }) => Promise<Tools>;

export interface ToolsetsPorts {
  registered: RegisteredTools;
  clock: Clock;
  /** How many are kept. */
  size: number;
}

export function toolsets({ registered, clock, size }: ToolsetsPorts): Toolsets {
  const known = boundedCache<{ tools: Tools; validUntil: number }>(size);
  /** Of lists that a service of this process sends again, which nobody can change. */
  const ofFrozen = new WeakMap<object, Tools>();

  function inline(tools: object, at: string): Tools {
    if (!Object.isFrozen(tools)) return checked(tools, at);
    const found = ofFrozen.get(tools) ?? checked(tools, at);
    ofFrozen.set(tools, found);
    return found;
  }

  function checked(tools: unknown, at: string): Tools {
    const text = JSON.stringify(tools);
    const key = text.length > longestKey ? digestOf(text) : text;
    const hit = known.get(key);
    if (hit) return hit.tools;
    const parsed = toolList.safeParse(tools);
    if (!parsed.success)
      throw invalid(
        'The tools offered are not valid.',
        pointersOf(parsed.error, toolList).map(({ pointer, message }) => ({
          pointer: `${at}/tools_available${pointer}`,
          message,
        })),
      );
    known.set(key, { tools: parsed.data, validUntil: Infinity });
    return parsed.data;
  }

  async function referred(key: string, { tenant, trace, at }: ToolsetQuestion, reference: string): Promise<Tools> {
    try {
      const tools = await registered({ tenant, trace, reference });
      const validUntil = reference.startsWith('sha256:') ? Infinity : clock().getTime() + namesValidForMs;
      known.set(key, { tools, validUntil });
      return tools;
    } catch (error) {
      if (!isFault(error) || error.detail.status !== 404) throw error;
      const message = 'No toolset is registered under this reference.';
      throw fault('predictions.toolset-unknown', {
        public: message,
        errors: [{ pointer: `${at}/toolset`, message }],
        cause: error,
      });
    }
  }

  return (question) => {
    const { tools_available: tools, toolset: reference } = question.input;
    if (tools !== undefined && reference !== undefined)
      throw invalid('Tools are offered inline or by reference, not both.', [
        { pointer: `${question.at}/toolset`, message: 'tools_available is there as well' },
      ]);
    if (tools !== undefined) return inline(tools, question.at);
    if (reference === undefined) return none;
    const key = `${question.tenant} ${reference}`;
    const hit = known.get(key);
    if (hit && hit.validUntil > clock().getTime()) return hit.tools;
    return referred(key, question, reference);
  };
}

function invalid(message: string, errors: { pointer: string; message: string }[]) {
  return fault('predictions.tools-invalid', {
    public: message,
    errors: errors.slice(0, 50),
  });
}
