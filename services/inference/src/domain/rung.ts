import type { ServingRungChanged } from '@retort/contracts';
import { enoughRequests, windowCounts, type RungChoice, type Traffic } from '@retort/statistics';
import type { ObservedTraffic } from './observed-traffic.ts';

/** Who asks: the key, and the agent that it says it asks for. */
export interface Asking {
  key: string;
  agent: string | undefined;
}

/** The rung for a request: by what the agent asked with this key once that is enough, else by what the key asked, else by what
 *  all keys asked. Nobody who asks enough is served by what others ask. */
export function rungFor({ all, byKey }: Pick<ObservedTraffic, 'all' | 'byKey'>, { key, agent }: Asking): number | null {
  const ofKey = byKey.get(key);
  const ofAgent = agent === undefined ? undefined : ofKey?.byAgent.get(agent);
  return ([ofAgent, ofKey?.own].find(isEnough) ?? all).rung;
}

const isEnough = (traffic: Traffic | undefined) =>
  traffic !== undefined && windowCounts(traffic.window).trials >= enoughRequests;

export function rungEvent(
  of: { model: string; modelVersion: string; key: string | null; agent: string | null },
  { from, choice }: { from: number | null; choice: RungChoice },
): ServingRungChanged {
  const { rung: to, requests, above, share, upper } = choice;
  const { model, modelVersion: model_version, key, agent } = of;
  return { model, model_version, key_id: key, agent, from, to, requests, above, share, upper };
}
