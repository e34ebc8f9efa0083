import type { EvaluationSample } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { novelShare, riskCoverage } from '@retort/statistics';
import { z } from 'zod';

const counted = z.object({ successes: z.number(), trials: z.number() });
const rung = z.object({
  share: z.number(),
  threshold: z.number().nullable(),
  coverage: z.number(),
  served: z.number(),
  wrong: z.number(),
  worstKind: z.string().nullable(),
  novelBound: z.number(),
  novelServed: z.number(),
});
/** As much as we read of a student's own card; versions of earlier releases have no ladder. */
const studentCard = z.object({
  guarantee: z.object({ confidence: z.number() }),
  ladder: z.object({ share: z.number(), rungs: z.array(rung) }),
  novelty: z.object({ cut: z.number().nullable(), known: counted, novel: counted }),
});

/** A threshold that withstands a share of never-seen requests, as calibration found it. */
export interface LadderRung {
  share: number;
  /** null: at this share everything goes to the teacher. */
  threshold: number | null;
  /** Of the calibration turns; `wrong` of those `served`. */
  coverage: number;
  served: number;
  wrong: number;
  /** The kind of proxies that is served most, the upper bound of its share and the share itself. */
  worst_kind: string | null;
  novel_bound: number;
  novel_served: number;
}

/** What test rows say when they are walked through in their order, as requests come in. */
export interface LadderFigures {
  /** Test turns with a call, and turns of words. */
  tool_turns: number;
  words: number;
  ladder: LadderRung[];
  /** The share of never-seen requests that the rung in use withstood at the end; null: more than any rung does, or no ladder. */
  rung: number | null;
  /** The share of the test rows that is of kinds never seen, told from novelty scores alone; null: it cannot be told. */
  novel_share: number | null;
  /** Of the test rows that look never seen (novelty above the cut), the share that was served; null: there are none. */
  novel_served: number | null;
}

/** Risk among the surest so many of the test rows with known arguments: 1 − call agreement. */
export interface RiskAt {
  coverage: number;
  risk: number;
}

const shownCoverages = [0.5, 0.7, 0.8, 0.9, 1];

export function ladderFigures(
  card: JsonObject,
  samples: readonly EvaluationSample[],
): { figures: LadderFigures; risks: RiskAt[] } {
  const read = studentCard.safeParse(card).data;
  const measured = samples.filter(({ learnt }) => !learnt);
  const words = measured.filter(({ teacher }) => teacher.tool_selected === null).length;
  const cut = read?.novelty.cut ?? null;
  const above = measured.filter(({ novelty }) => cut !== null && novelty !== undefined && novelty > cut);
  const window = { successes: above.length, trials: measured.length };
  return {
    figures: {
      tool_turns: measured.length - words,
      words,
      ladder: (read?.ladder.rungs ?? []).map(({ worstKind, novelBound, novelServed, ...rest }) => ({
        ...rest,
        worst_kind: worstKind,
        novel_bound: novelBound,
        novel_served: novelServed,
      })),
      rung: samples.at(-1)?.rung ?? null,
      novel_share:
        read && cut !== null && measured.length > 0
          ? novelShare(window, read.novelty, 1 - read.guarantee.confidence).share
          : null,
      novel_served:
        above.length === 0 ? null : above.filter(({ served_by }) => served_by === 'student').length / above.length,
    },
    risks: risksOf(measured),
  };
}

/** Words are nothing that a student could serve. */
function risksOf(samples: readonly EvaluationSample[]): RiskAt[] {
  const turns = samples.flatMap(({ teacher, student, verdict, confidence }) =>
    teacher.tool_parameters === null
      ? []
      : [{ confidence: student?.tool_selected ? (confidence ?? NaN) : NaN, wrong: verdict !== 'same-call' }],
  );
  const { curve } = riskCoverage(turns, { points: turns.length });
  return shownCoverages.flatMap((coverage) => {
    const point = curve.find((one) => one.coverage >= coverage - 1e-9);
    return point ? [{ coverage, risk: point.risk }] : [];
  });
}
