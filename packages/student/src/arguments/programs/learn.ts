import { seededRandom } from '@retort/kernel';
import { byBucket } from '../../features/hash-table.ts';
import { wilsonInterval } from '@retort/statistics';
import {
  prepareParameter,
  proposeCandidates,
  unknown,
  type CandidateSink,
  type PreparedParameter,
} from '../choice/candidates.ts';
import { choiceRecorder, choiceTrainer, type ChoiceModel } from '../choice/training.ts';
import type { ToolDraft } from './draft.ts';
import { segmentsOf, type Layout } from '../context/layout.ts';
import { describeParameter, learnSignals } from './parameters.ts';
import type { ParameterProgram, ToolProgram } from './program.ts';
import { tellsOf } from '../context/rows.ts';
import { prepareSignals, readSignals } from '../context/signals.ts';
import { textsOf, type SlotMeaning } from '../tagger/spans.ts';
import type { LabelledText } from '../tagger/prepared-texts.ts';
import type { Tagger } from '../tagger/tagger.ts';

const choiceEpochs = 8;

export interface Learning {
  tools: readonly ToolDraft[];
  layout: Layout;
  slotNames: readonly string[];
  meaningOf: (slot: number) => SlotMeaning;
  labelled: readonly LabelledText[][];
  /** One per fold, which has not seen it. */
  taggers: readonly Tagger[];
  seed: number;
}

/** Trains the choice on what taggers that have not seen a decision say about it, so that it trusts them as far as they
 *  deserve on new text. */
export function learnPrograms(learning: Learning): {
  tools: ToolProgram[];
  choice: ChoiceModel;
  heldOut: ChoiceModel[];
} {
  const recorder = choiceRecorder();
  /** The teacher's candidate of each example. */
  const answers: number[] = [];
  const foldOf: number[] = [];
  const drafts: {
    tool: ToolProgram;
    parameters: { prepared: PreparedParameter; rows: number; examples: number[] }[];
  }[] = [];
  let offset = 0;
  for (const tool of learning.tools) {
    const texts = tool.rows.map((row) => textsOf(segmentsOf(row.context, learning.layout, tool.depth)));
    const signals = learnSignals(tool.rows);
    const preparedSignals = prepareSignals(signals);
    const parameters = tool.pointers.map((pointer) => {
      const slot = tool.slotOf.get(pointer) ?? -1;
      const meaning = learning.meaningOf(slot);
      const telling = [...tool.rows.keys()].filter((row) => tellsOf(tool.rows[row]!, pointer));
      const described = describeParameter(
        telling.map((row) => tool.rows[row]!),
        telling.map((row) => texts[row]!),
        { pointer, slot, meaning },
      );
      const program: ParameterProgram = { ...described, support: 0, agreed: 0, reliable: false };
      const from = {
        name: tool.name,
        slots: tool.slots.slots,
        slotNames: learning.slotNames,
        aliases: meaning.aliases,
      };
      return { prepared: prepareParameter(program, from), rows: telling.length, examples: [] as number[] };
    });
    tool.rows.forEach((row, index) => {
      const own = learning.labelled[offset + index]!;
      const situation = {
        context: row.context,
        texts: texts[index]!.map((text, at) => ({
          ...text,
          spans: learning.taggers[row.fold]!.tag({ ...text, ...own[at], tool: tool.slots }),
        })),
        today: row.today,
        signals: readSignals(row.context, preparedSignals),
      };
      for (const parameter of parameters) {
        const { pointer, program } = parameter.prepared.program;
        if (program.kind === 'constant' || !tellsOf(row, pointer)) continue;
        foldOf.push(row.fold);
        const truth = row.arguments.get(pointer);
        const fill = (sink: CandidateSink) => proposeCandidates(parameter.prepared, situation, sink);
        const { index, answer } = recorder.record(fill, truth, row.weight);
        parameter.examples.push(index);
        answers.push(answer);
      }
    });
    offset += tool.rows.length;
    const name = tool.name;
    drafts.push({
      tool: {
        name,
        decisions: tool.rows.filter(({ partial }) => !partial).length,
        depth: tool.depth,
        slots: [...tool.slots.slots],
        parameters: parameters.map(({ prepared }) => prepared.program),
        signals,
      },
      parameters,
    });
  }
  const recorded = recorder.finish();
  const { keys } = recorded;
  const trainer = choiceTrainer(recorded);
  const all = [...answers.keys()];
  const fit = (members: number[], label: string) =>
    trainer.train({ members, epochs: choiceEpochs, random: seededRandom(`${learning.seed}/choice/${label}`) });
  const right = new Uint8Array(answers.length);
  const heldOut = Array.from({ length: learning.taggers.length }, (_, fold) => {
    const learnt = all.filter((example) => foldOf[example] !== fold);
    const weights = fit(learnt, String(fold));
    for (const example of all)
      if (foldOf[example] === fold && answers[example] !== unknown && trainer.likeliest(example) === answers[example])
        right[example] = 1;
    return weights;
  });
  for (const draft of drafts)
    for (const { prepared, rows, examples: own } of draft.parameters) {
      const { program } = prepared;
      program.support = program.program.kind === 'choice' ? own.length : rows;
      program.agreed = program.program.kind === 'choice' ? own.filter((example) => right[example] === 1).length : rows;
      program.reliable =
        program.support >= 20 && wilsonInterval({ successes: program.agreed, trials: program.support })[0] >= 0.95;
    }
  const weights = fit(all, 'all');
  return {
    tools: drafts.map((draft) => draft.tool),
    choice: compact(keys, weights),
    heldOut: heldOut.map((fold) => compact(keys, fold)),
  };
}

function compact(keys: Int32Array, weights: Float64Array): ChoiceModel {
  const counts = (_: number, index: number) => Math.abs(weights[index]!) >= 0.01;
  const kept = keys.filter(counts);
  const keptWeights = weights.filter(counts);
  const order = byBucket(kept);
  return {
    keys: order.map((index) => kept[index]!),
    weights: Float32Array.from(order, (index) => keptWeights[index]!),
  };
}
