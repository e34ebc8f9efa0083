import type { Api } from '../api.ts';
import type { BadLine } from '../decision-file.ts';
import { postDecisions, type RefusedDecision } from '../loop.ts';

export interface SecondReading {
  /** Recorded for their tools alone. */
  recorded: number;
  badLines: BadLine[];
}

/** Records decisions again of which nothing but the arguments was refused, with arguments that are not known: which tool
 *  was selected is good evidence all the same. */
export async function recordToolsAlone(api: Api, refused: readonly RefusedDecision[]): Promise<SecondReading> {
  const argumentsAlone = refused.filter(({ errors }) => errors.length > 0 && errors.every(isAboutArguments));
  const again = await postDecisions(
    api,
    argumentsAlone.map(({ line, decision }) => ({ line, decision: { ...decision, tool_parameters: null } })),
    () => undefined,
  );
  // What is refused a second time is wrong in another way as well.
  const lost = new Set(again.refused.map(({ line }) => line));
  const kept = new Set(argumentsAlone.map(({ line }) => line).filter((line) => !lost.has(line)));
  return {
    recorded: again.recorded,
    badLines: refused.map(({ line, message }) =>
      kept.has(line)
        ? { line, message: `arguments refused: ${message}; used for its tool alone`, usedInPart: true }
        : { line, message },
    ),
  };
}

function isAboutArguments({ pointer }: { pointer: string }): boolean {
  return pointer === '/tool_parameters' || pointer.startsWith('/tool_parameters/');
}
