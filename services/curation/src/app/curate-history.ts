import { fault, type ErrorCode } from '@retort/kernel';
import type { Compute, RunWork, Trace } from '@retort/service-kit';
import type { Recipe } from '../domain/recipe.ts';
import type { CurationTaskInput, CurationTaskOutput } from '../tasks/curate.ts';
import type { HistoryOf, HistoryQuery } from './decision-history.ts';
import { gatherHistory } from './gather-history.ts';

export interface CurateHistoryPorts {
  history: HistoryOf;
  compute: Compute;
}

export interface CurateHistory {
  tenant: string;
  trace: Trace;
  recipe: Recipe;
  /** Which history: `at` a position of the log, narrowed by time. */
  history: Pick<HistoryQuery, 'at' | 'asOf' | 'recordedAsOf'>;
}

/** Reads the history and curates it in a worker thread. The same history and recipe give the same output.
 *  @throws `curation.no-decisions`, `curation.nothing-left` (409), and whatever the history throws */
export async function curateHistory(
  ports: CurateHistoryPorts,
  { tenant, trace, recipe, history }: CurateHistory,
  { signal, report }: Pick<RunWork<never>, 'signal' | 'report'>,
): Promise<{ output: CurationTaskOutput; logPosition: string }> {
  report({ fraction: 0, step: 'reading' });
  const gathered = await gatherHistory({
    history: ports.history(tenant, trace),
    query: { ...history, agents: recipe.agents, signal },
    onCount: (decisions) => report({ fraction: 0.05, step: 'reading', metrics: { decisions } }),
  });
  const { chunks, count, toolsets, answers, studentDecisions } = gathered;
  // Outcomes stand in the log too: what was known is told by where the history was read, not by its last decision.
  const logPosition = history.at ?? gathered.logPosition;
  if (count === 0 || logPosition === null)
    throw ended(
      'curation.no-decisions',
      recipe.agents === null
        ? 'There are no decisions to curate yet.'
        : `There are no decisions of ${recipe.agents.join(', ')} to curate.`,
    );
  const output = await ports.compute.run<CurationTaskInput, CurationTaskOutput>(
    taskUrl,
    { chunks, count, toolsets, recipe, logPosition, answers, studentDecisions },
    {
      signal,
      transfer: [...chunks, ...answers],
      onProgress: ({ fraction, step }) => report({ fraction: 0.1 + 0.8 * fraction, step }),
    },
  );
  if (output.rows === 0)
    throw ended('curation.nothing-left', 'Every decision was rejected: none is fit to learn from.');
  signal.throwIfAborted();
  return { output, logPosition };
}

/** The build has no `.ts`; the extension is this module's own. */
const taskUrl = new URL(`../tasks/curate${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

function ended(code: ErrorCode, message: string): Error {
  return fault(code, { public: message });
}
