import { hash32 } from '@retort/kernel';
import type { ToolHead, TextScale } from '../head/model.ts';
import { fitTextScale, type TextScaleExample } from '../head/text-scale.ts';
import { referenceOf } from '../head/text-scores.ts';
import { toolScorer } from '../head/tool-head.ts';
import { rememberToolsets } from '../head/toolset.ts';
import type { TaughtDecision } from '../types.ts';
import type { ToolGroups } from './groups.ts';
import type { JoinedRequest } from './several.ts';

/** A head that learns without some of the tools. */
export interface LeftOutRound {
  round: number;
  /** Rows of the head's problem. */
  train: Int32Array;
  /** Decisions of the tools left out. */
  strangers: number[];
  /** Decisions of other tools that are not learnt from either. */
  witnesses: number[];
}

/** One in so many decisions of the tools that are learnt is kept apart. */
const WITNESS_SHARE = 10;

export function planLeftOut(question: {
  answers: readonly (string | null)[];
  joined: readonly JoinedRequest[];
  groups: ToolGroups;
  served: Int32Array;
  /** The most decisions that such a head learns from. */
  most: number;
  seed: number;
}): LeftOutRound[] {
  const { answers, joined, groups, served, most, seed } = question;
  return Array.from({ length: groups.rounds }, (_, round) => {
    const isStranger = (answer: string | null) => answer !== null && groups.roundOf.get(answer) === round;
    const strangers: number[] = [];
    const witnesses: number[] = [];
    const train: number[] = [];
    for (const row of served)
      (isStranger(answers[row]!)
        ? strangers
        : hash32(String(row), seed + round) % WITNESS_SHARE === 0
          ? witnesses
          : train
      ).push(row);
    const learnt = spread(train, most);
    const both = joined.flatMap(({ of }, index) => (of.some(isStranger) ? [] : [answers.length + index]));
    return { round, strangers, witnesses, train: Int32Array.from([...learnt, ...both]) };
  });
}

const SCALE_SAMPLE = 300;
const ABSENT = -1e6;

/** The scale of tools' own texts, from decisions with tools on offer that their head did not learn. */
export function textScaleOf(
  rounds: readonly (LeftOutRound & { head: ToolHead })[],
  { decisions, answers }: { decisions: readonly TaughtDecision[]; answers: readonly (string | null)[] },
): TextScale {
  return fitTextScale(
    rounds.flatMap(({ head, strangers, witnesses }) => {
      const scorer = toolScorer(head);
      const offeredBy = rememberToolsets(head);
      return [...spread(strangers, SCALE_SAMPLE), ...spread(witnesses, SCALE_SAMPLE)].flatMap(
        (row): TextScaleExample[] => {
          const { context, tools } = decisions[row]!;
          const offered = offeredBy(tools);
          const label = offered.candidates.indexOf(answers[row]!);
          if (label < 0 || !offered.thin) return [];
          const similar = scorer.similarities(context, offered);
          return [
            {
              // What was on offer and never called was not left out: it does not take part.
              logits: scorer
                .logits(context, offered)
                .map((logit, place) => (offered.handicap[place]! > 0 ? ABSENT : logit)),
              similar,
              label,
              reference: referenceOf(similar, offered),
            },
          ];
        },
      );
    }),
  );
}

/** At most so many, evenly over all. */
function spread(rows: readonly number[], most: number): number[] {
  const count = Math.min(rows.length, most);
  return Array.from({ length: count }, (_, index) => rows[Math.floor((index * rows.length) / count)]!);
}
