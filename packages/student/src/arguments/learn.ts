import { seededRandom } from '@retort/kernel';
import type { TaughtDecision } from '../types.ts';
import { draftTool } from './programs/draft.ts';
import { gazetteerOf, type PhraseCounts } from './tagger/gazetteer.ts';
import { learnLayout } from './context/layout.ts';
import { learnPrograms } from './programs/learn.ts';
import { countSpellings, learnMeanings } from './programs/meanings.ts';
import type { ArgumentPrograms } from './programs/program.ts';
import { dealFolds, gatherRows } from './context/rows.ts';
import { nameSlots } from './tagger/slots.ts';
import { addPhrases, labelTexts } from './tagger/spans.ts';
import { prepareTexts, type LabelledText } from './tagger/prepared-texts.ts';
import { taggerTrainer } from './tagger/training.ts';
import { compileTagger } from './tagger/tagger.ts';

const defaultFolds = 3;
const taggerEpochs = 8;

export interface LearningOptions {
  seed: number;
  /** The fold of each decision, 0 … count − 1; sessions must not be parted. Dealt by session when absent. */
  folds?: { of: ArrayLike<number>; count: number };
}

export interface CrossFittedPrograms {
  /** Learnt from all decisions. */
  programs: ArgumentPrograms;
  /** One per fold: whatever is trained (tagger, choice, known phrases, spellings) has not seen the fold. What is only
   *  counted (which places, forms and values a parameter has) is shared. */
  heldOut: ArgumentPrograms[];
}

/** Learns a program for every argument of every tool that the decisions called: once, and keeps what every fold's own training gave: the choice needs taggers that have not seen a decision in
 *  any case, and calibration needs whole programs that have not. */
export function crossFitArguments(decisions: readonly TaughtDecision[], options: LearningOptions): CrossFittedPrograms {
  const layout = learnLayout(decisions.map((decision) => decision.context));
  const folds = options.folds ?? dealFolds(decisions, { count: defaultFolds, seed: options.seed });
  const rowsByTool = gatherRows(decisions, { layout, folds: folds.of, seed: options.seed });
  const slotNames = nameSlots(rowsByTool);
  const spellings = countSpellings(rowsByTool, slotNames);
  const meanings = learnMeanings(spellings);
  const tools = [...rowsByTool].map(([name, rows]) =>
    draftTool({ name, rows, layout, slotNames, meaningOf: meanings.of }),
  );
  const phrases: PhraseCounts = new Map();
  const heldOutPhrases = Array.from({ length: folds.count }, (): PhraseCounts => new Map());
  const labelled: LabelledText[][] = [];
  const texts: LabelledText[] = [];
  const foldOf: number[] = [];
  const foldOfGroup = new Map<string, number>();
  for (const tool of tools)
    for (const row of tool.rows) {
      foldOfGroup.set(row.group, row.fold);
      const rowTexts = labelTexts(row, { ...tool, layout, meaningOf: meanings.of });
      labelled.push(rowTexts);
      for (const text of rowTexts) {
        addPhrases(phrases, text);
        heldOutPhrases.forEach((of, fold) => fold !== row.fold && addPhrases(of, text));
        texts.push(text);
        foldOf.push(row.fold);
      }
    }
  const gazetteer = gazetteerOf(phrases);
  const prepared = prepareTexts(texts, gazetteer);
  const trainTagger = taggerTrainer(prepared, { slotCount: slotNames.names.length, epochs: taggerEpochs });
  const train = (members: number[], label: string) =>
    trainTagger({ members, random: seededRandom(`${options.seed}/tagger/${label}`) });
  const members = [...texts.keys()];
  const taggers = heldOutPhrases.map((_, fold) =>
    train(
      members.filter((member) => foldOf[member] !== fold),
      String(fold),
    ),
  );
  const tagger = train(members, 'all');
  const {
    choice,
    heldOut,
    tools: programs,
  } = learnPrograms({
    tools,
    layout,
    slotNames: slotNames.names,
    meaningOf: meanings.of,
    labelled,
    taggers: taggers.map((model) => compileTagger(model, { slotCount: slotNames.names.length, gazetteer })),
    seed: options.seed,
  });
  const shared = { layout, slots: slotNames.names, tools: programs };
  return {
    programs: { ...shared, aliases: meanings.list, gazetteer: flatPhrases(phrases), tagger, choice },
    heldOut: taggers.map((model, fold) => ({
      ...shared,
      aliases: learnMeanings(spellings, (group) => foldOfGroup.get(group) !== fold).list,
      gazetteer: flatPhrases(heldOutPhrases[fold]!),
      tagger: model,
      choice: heldOut[fold]!,
    })),
  };
}

function flatPhrases(phrases: PhraseCounts): ArgumentPrograms['gazetteer'] {
  const pairs = [...phrases].flatMap(([phrase, slots]) => [...slots.keys()].map((slot) => [phrase, slot] as const));
  return { phrases: Int32Array.from(pairs, ([phrase]) => phrase), slots: Uint16Array.from(pairs, ([, slot]) => slot) };
}
