import type { ServingRungChanged } from '@retort/contracts';
import {
  chooseRung,
  emptyWindow,
  enoughRequests,
  observe,
  windowCounts,
  type NoveltyWindow,
  type RungChoice,
} from '@retort/statistics';
import type { StudentCard } from '@retort/student';

type Card = Pick<StudentCard, 'guarantee' | 'ladder' | 'novelty'>;

/** What is known of the requests of a version, or of one agent to it. */
export interface Traffic {
  window: NoveltyWindow;
  /** The share of never-seen requests that serving withstands now; null: more than any rung does. */
  rung: number | null;
}

export function newTraffic({ ladder }: Card): Traffic {
  return { window: emptyWindow, rung: ladder.share };
}

/** One more request. The rung is chosen anew whenever a block of the window is full, so that it changes seldom. Without a cut
 *  nothing can be told, and the rung stays. */
export function afterRequest(traffic: Traffic, novelty: number, card: Card): { traffic: Traffic; choice?: RungChoice } {
  const { cut, known, novel } = card.novelty;
  if (cut === null || card.ladder.rungs.length === 0) return { traffic };
  const window = observe(traffic.window, novelty > cut);
  if (window.current.trials > 0) return { traffic: { ...traffic, window } };
  const choice = chooseRung(
    window,
    { known, novel },
    {
      shares: card.ladder.rungs.map(({ share }) => share),
      delta: 1 - card.guarantee.confidence,
      defaultShare: card.ladder.share,
    },
  );
  return { traffic: { window, rung: choice.rung }, choice };
}

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
