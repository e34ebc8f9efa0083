import { toPointer, type JsonObject } from '@retort/kernel';
import type { Api } from '../api.ts';
import type { BadLine, DecisionLine } from '../decision-file.ts';
import { postDecisions, type RefusedDecision } from '../loop.ts';

export interface SecondReading {
  /** Recorded for what of them could be used. */
  recorded: number;
  badLines: BadLine[];
}

/** Records decisions again of which nothing but arguments was refused, with arguments that are not known as a whole: those that
 *  were not refused, and which tools were selected, are good evidence all the same. */
export async function recordInPart(api: Api, refused: readonly RefusedDecision[]): Promise<SecondReading> {
  const argumentsAlone = refused.filter(({ errors }) => errors.length > 0 && errors.every(isAboutArguments));
  const asRest = await record(api, argumentsAlone.filter(hasRest), withRest);
  // Together with what is missing the rest may not fit either; what is refused again is wrong in another way as well.
  const asTool = await record(api, argumentsAlone.filter(without(asRest.kept)), withoutArguments);
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

/** Posts decisions once more, in another form; `kept` are the lines of those that were recorded. */
async function record(
  api: Api,
  decisions: readonly RefusedDecision[],
  as: (refused: RefusedDecision) => DecisionLine['decision'],
): Promise<{ recorded: number; kept: Set<number> }> {
  const { recorded, refused } = await postDecisions(
    api,
    decisions.map((one) => ({ line: one.line, decision: as(one) })),
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

/** The calls of a decision with their arguments, and what of those was refused: the one that it tells by itself, or each of
 *  `tool_calls`. */
function callsOf({ decision, errors }: RefusedDecision): { arguments: JsonObject; refused: Set<string | undefined> }[] {
  const listed = decision['tool_calls'];
  if (!Array.isArray(listed))
    return [{ arguments: argumentsOf(decision, 'tool_parameters'), refused: namesBelow(errors, '') }];
  return listed.map((call, index) => ({
    arguments: argumentsOf(call as JsonObject, 'parameters'),
    refused: namesBelow(errors, `/tool_calls/${index}`),
  }));
}

function argumentsOf(call: JsonObject, member: string): JsonObject {
  const given = call[member] ?? call['known_parameters'];
  return given === undefined || given === null || typeof given !== 'object' || Array.isArray(given) ? {} : given;
}

/** The names of arguments that errors are about, at or below a pointer to a call. */
function namesBelow(errors: RefusedDecision['errors'], call: string): Set<string | undefined> {
  const own = errors.filter(({ pointer }) => pointer.startsWith(`${call}/`));
  return new Set(own.map(({ pointer }) => pointer.slice(call.length).split('/')[2]));
}

/** The arguments in which, or below which, nothing was refused; null where none are left. */
function notRefused({ arguments: given, refused }: ReturnType<typeof callsOf>[number]): JsonObject | null {
  const kept = Object.entries(given).filter(([name]) => !refused.has(toPointer([name]).slice(1)));
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

function hasRest(one: RefusedDecision): boolean {
  return callsOf(one).some((call) => call.refused.size > 0 && notRefused(call) !== null);
}

const withRest = (one: RefusedDecision) => withKnown(one, notRefused);
const withoutArguments = (one: RefusedDecision) => withKnown(one, () => null);

function withKnown(
  one: RefusedDecision,
  knownOf: (call: ReturnType<typeof callsOf>[number]) => JsonObject | null,
): DecisionLine['decision'] {
  const { decision } = one;
  const [first, ...calls] = callsOf(one);
  const listed = decision['tool_calls'];
  if (!Array.isArray(listed)) return { ...decision, tool_parameters: null, known_parameters: knownOf(first!) };
  const { tool_selected: _, tool_parameters: __, known_parameters: ___, ...rest } = decision;
  return {
    ...rest,
    id: decision.id,
    tool_calls: [first!, ...calls].map((call, index) => ({
      ...(listed[index] as JsonObject),
      ...(call.refused.size > 0 ? { parameters: null, known_parameters: knownOf(call) } : {}),
    })),
  };
}

function isAboutArguments({ pointer }: { pointer: string }): boolean {
  return /^(\/(tool|known)_parameters|\/tool_calls\/\d+\/(known_)?parameters)(\/|$)/.test(pointer);
}
