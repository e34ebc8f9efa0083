import { newTraffic, type LadderCard, type Traffic } from '@retort/statistics';
import type { JsonObject } from '@retort/kernel';
import { z } from 'zod';

const counted = z.object({ successes: z.number(), trials: z.number() });
const ladderCard = z.object({
  guarantee: z.object({ confidence: z.number() }),
  ladder: z.object({ share: z.number(), rungs: z.array(z.object({ share: z.number() })).min(1) }),
  novelty: z.object({
    cut: z.number().nullable(),
    known: counted,
    novel: counted,
    sure: z.object({ cut: z.number(), known: counted, novel: counted }).optional(),
  }),
});

/** A ladder and the traffic that an evaluation has been so far. */
export interface FollowedLadder {
  card: LadderCard;
  traffic: Traffic;
}

/** The ladder of a student's card; null where it has none: earlier versions serve by one threshold. */
export function ladderOf(card: JsonObject): FollowedLadder | null {
  const read = ladderCard.safeParse(card);
  return read.success ? { card: read.data, traffic: newTraffic(read.data) } : null;
}
