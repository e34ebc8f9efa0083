import type { JsonObject, JsonValue } from '@retort/kernel';
import type { Progress, RunTrigger, Trace } from '@retort/service-kit';

/** Why an agent runs. */
export interface Trigger {
  kind: RunTrigger['kind'];
  /** The tenant it runs for. Triggers for one tenant that come before the agent gets to them become one run. */
  tenant: string;
  /** In words, for the record. */
  reason: string;
  trace: Trace;
  /** What the trigger wants to say; of several that became one run the last one's members win. */
  input?: JsonObject;
}

/** What surrounds one run of an agent. */
export interface AgentRun {
  id: string;
  tenant: string;
  trigger: RunTrigger;
  input: JsonObject;
  /** Everything the run sets off shares its correlation id. */
  trace: Trace;
  /** Aborts when the run is cancelled, the service stops or another replica took the lease. */
  signal: AbortSignal;
  startedAt: Date;
  /** Grows with every change of the lease's holder: a write that carries it can refuse one that comes late. */
  fencingToken: bigint;
  /** How far it is, for whoever watches the run. */
  progress(progress: Progress): void;
}

/** What an agent made of what it perceived. `decision: null` means that there is nothing to do. */
export interface Verdict<Decision> {
  decision: Decision | null;
  /** In words: the figures that led here. */
  why: string;
}

export interface AgentDefinition<Perception, Decision> {
  /** Part of paths: `data-curator`. */
  name: string;
  /** Gathers what the decision needs; changes nothing. */
  perceive(run: AgentRun): Promise<Perception>;
  /** Pure: the same perception gives the same verdict. */
  decide(perception: Perception): Verdict<Decision>;
  /** Does it. May run again after a failure, so whatever it appends should carry ids made from the run's. Returns what
   *  came of it, for the record. */
  act(decision: Decision, run: AgentRun): Promise<JsonValue>;
  /** What is written down of a perception and a decision; all of it when absent. */
  record?: {
    perception?(perception: Perception): JsonValue;
    decision?(decision: Decision): JsonValue;
  };
}

/** Gives an agent its types; it runs nothing. */
export function defineAgent<Perception, Decision>(
  definition: AgentDefinition<Perception, Decision>,
): AgentDefinition<Perception, Decision> {
  return definition;
}
