import type { ServingRungChanged } from '@retort/contracts';
import { enoughRequests, windowCounts, type RungChoice, type Traffic } from '@retort/statistics';

/** The rung for an agent's request: by its own traffic once there is enough, by all of the version's until then. */
export function rungFor(all: Traffic, ofAgent: Traffic | undefined): number | null {
  return ofAgent && windowCounts(ofAgent.window).trials >= enoughRequests ? ofAgent.rung : all.rung;
}

export function rungEvent(
  of: { model: string; modelVersion: string; agent: string | null },
  { from, choice }: { from: number | null; choice: RungChoice },
): ServingRungChanged {
  const { rung: to, requests, above, share, upper } = choice;
  return { model: of.model, model_version: of.modelVersion, agent: of.agent, from, to, requests, above, share, upper };
}
