import { toPointer, type JsonObject } from '@retort/kernel';
import type { Api } from '../api.ts';
import type { BadLine } from '../decision-file.ts';
import { postDecisions, type RefusedDecision } from '../loop.ts';

export interface SecondReading {
  /** Recorded for what of them could be used. */
  recorded: number;
  badLines: BadLine[];
}

/** Records decisions again of which nothing but arguments was refused, with arguments that are not known as a whole: those that
 *  were not refused, and which tool was selected, are good evidence all the same. */
export async function recordInPart(api: Api, refused: readonly RefusedDecision[]): Promise<SecondReading> {
  const argumentsAlone = refused.filter(({ errors }) => errors.length > 0 && errors.every(isAboutArguments));
  const withRest = argumentsAlone.filter((one) => Object.keys(notRefused(one)).length > 0);
  const asRest = await record(api, withRest, notRefused);
  // Together with what is missing the rest may not fit either; what is refused again is wrong in another way as well.
  const asTool = await record(api, argumentsAlone.filter(without(asRest.kept)), () => null);
  const outcomes = [
    { ...asRest, as: 'used without it' },
    { ...asTool, as: 'used for its tool alone' },
  ];
  return {
    recorded: asRest.recorded + asTool.recorded,
    badLines: refused.map(({ line, message }) => {
      const used = outcomes.find(({ kept }) => kept.has(line));
      return used
        ? { line, message: `arguments refused: ${message}; ${used.as}`, usedInPart: true }
        : { line, message };
    }),
  };
}

/** Posts decisions once more, with what is known of their arguments; `kept` are the lines of those that were recorded. */
async function record(
  api: Api,
  decisions: readonly RefusedDecision[],
  knownOf: (refused: RefusedDecision) => JsonObject | null,
): Promise<{ recorded: number; kept: Set<number> }> {
  const { recorded, refused } = await postDecisions(
    api,
    decisions.map((one) => ({
      line: one.line,
      decision: { ...one.decision, tool_parameters: null, known_parameters: knownOf(one) },
    })),
    () => undefined,
  );
  const kept = new Set(decisions.map(({ line }) => line));
  for (const { line } of refused) kept.delete(line);
  return { recorded, kept };
}

const without =
  (kept: ReadonlySet<number>) =>
  ({ line }: RefusedDecision) =>
    !kept.has(line);

/** The arguments in which, or below which, nothing was refused. */
function notRefused({ decision, errors }: RefusedDecision): JsonObject {
  const given = decision['tool_parameters'] ?? decision['known_parameters'];
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return {};
  const refused = new Set(errors.map(({ pointer }) => pointer.split('/')[2]));
  return Object.fromEntries(Object.entries(given).filter(([name]) => !refused.has(toPointer([name]).slice(1))));
}

function isAboutArguments({ pointer }: { pointer: string }): boolean {
  return /^\/(tool|known)_parameters(\/|$)/.test(pointer);
}
