import type { RunStep } from '@retort/service-kit';

/** `event: progress` with an id to resume after, for each step; at the end `event: done` with the run itself. */
export async function* serverSentEvents(
  steps: AsyncIterable<RunStep>,
  final: () => Promise<unknown>,
): AsyncIterable<string> {
  for await (const { sequence, ...step } of steps)
    yield `id: ${sequence}\nevent: progress\ndata: ${JSON.stringify(step)}\n\n`;
  yield `event: done\ndata: ${JSON.stringify(await final())}\n\n`;
}
