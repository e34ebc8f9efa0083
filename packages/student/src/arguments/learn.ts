import { hash32, seededRandom, type JsonValue } from '@retort/kernel';
import type { LabelledDecision } from '../types.ts';
import { prepareParameter, proposeCandidates, readSignals, type PreparedParameter } from './candidates.ts';
import { chances, choiceRecorder, trainChoice, type ChoiceExample } from './choice.ts';
import type { Gazetteer } from './gazetteer.ts';
import { learnLayout, segmentsOf, type Layout } from './layout.ts';
import { describeParameter, learnSignals } from './parameters.ts';
import type { ArgumentPrograms, ParameterProgram, ToolProgram } from './program.ts';
import { transformBetween } from './alignment.ts';
import { gatherRows, type Row } from './rows.ts';
import { countSourceSpellings, settleAliases, withoutTyped, type SpellingCounts } from './sources.ts';
import { addPhrases, labelTexts, namedIn, slotMeaning, textsOf, type SlotMeaning } from './spans.ts';
import type { ToolSlots } from './tagger-features.ts';
import { prepareTexts, trainTagger, type LabelledText } from './tagger-training.ts';
import { compileTagger, type Tagger } from './tagger.ts';
import { wilsonInterval } from '@retort/statistics';

const folds = 3;
const taggerEpochs = 8;
const choiceEpochs = 8;
const maximumDepth = 4;

/** A tool while its programs are being learnt. */
interface ToolDraft {
  name: string;
  rows: Row[];
  pointers: string[];
  depth: number;
  slotOf: Map<string, number>;
  slots: ToolSlots;
}

/** Learns a program for every argument of every tool that the decisions called. */
export function learnArguments(decisions: readonly LabelledDecision[], options: { seed: number }): ArgumentPrograms {
  const layout = learnLayout(decisions.map((decision) => decision.context));
  const rowsByTool = gatherRows(decisions, { layout, folds, seed: options.seed });
  const slotNames = nameSlots(rowsByTool);
  const meaningOf = learnMeanings(rowsByTool, slotNames);
  const tools = [...rowsByTool].map(([name, rows]) => draftTool({ name, rows, layout, slotNames, meaningOf }));
  const gazetteer: Gazetteer = new Map();
  const labelled: LabelledText[][] = [];
  const texts: LabelledText[] = [];
  const foldOf: number[] = [];
  for (const tool of tools)
    for (const row of tool.rows) {
      const rowTexts = tool.slots.slots.length === 0 ? [] : labelTexts(row, { ...tool, layout, meaningOf });
      labelled.push(rowTexts);
      for (const text of rowTexts) {
        addPhrases(gazetteer, text);
        texts.push(text);
        foldOf.push(row.fold);
      }
    }
  const prepared = prepareTexts(texts, gazetteer);
  const train = (members: number[], label: string) =>
    trainTagger(prepared, {
      members,
      slotCount: slotNames.names.length,
      epochs: taggerEpochs,
      random: seededRandom(`${options.seed}/tagger/${label}`),
    });
  const members = texts.map((_, index) => index);
  const taggers = Array.from({ length: folds }, (_, fold) =>
    compileTagger(
      train(
        members.filter((member) => foldOf[member] !== fold),
        String(fold),
      ),
      gazetteer,
      slotNames.names.length,
    ),
  );
  const tagger = train(members, 'all');
  const programs = learnPrograms({
    tools,
    layout,
    slotNames: slotNames.names,
    meaningOf,
    labelled,
    taggers,
    seed: options.seed,
  });
  return {
    layout,
    slots: slotNames.names,
    tools: programs.tools,
    aliases: meaningOf.list,
    gazetteer: flatGazetteer(gazetteer),
    tagger,
    choice: programs.choice,
  };
}

/** Parameters of the same name share a slot; where a tool has two of a name (in different objects), pointers tell them apart. */
function nameSlots(rowsByTool: ReadonlyMap<string, readonly Row[]>): {
  names: string[];
  of: (pointer: string) => number;
} {
  const pointers = new Set<string>();
  const ambiguous = new Set<string>();
  for (const rows of rowsByTool.values()) {
    const own = new Set(rows.flatMap((row) => [...row.arguments.keys()]));
    const names = new Map<string, string>();
    for (const pointer of own) {
      pointers.add(pointer);
      const name = lastName(pointer);
      if (names.has(name)) ambiguous.add(name);
      names.set(name, pointer);
    }
  }
  const nameOf = (pointer: string) => (ambiguous.has(lastName(pointer)) ? pointer : lastName(pointer));
  const names = [...new Set([...pointers].map(nameOf))].sort();
  const index = new Map(names.map((name, at) => [name, at]));
  return { names, of: (pointer) => index.get(nameOf(pointer)) ?? -1 };
}

function lastName(pointer: string): string {
  return pointer.slice(pointer.lastIndexOf('/') + 1);
}

type MeaningOf = ((slot: number) => SlotMeaning) & { list: ArgumentPrograms['aliases'] };

function learnMeanings(
  rowsByTool: ReadonlyMap<string, readonly Row[]>,
  slotNames: { of: (pointer: string) => number },
): MeaningOf {
  const counts = new Map<number, SpellingCounts>();
  for (const rows of rowsByTool.values())
    for (const pointer of new Set(rows.flatMap((row) => [...row.arguments.keys()]))) {
      const slot = slotNames.of(pointer);
      const of: SpellingCounts = counts.get(slot) ?? new Map();
      countSourceSpellings(rows, pointer, of);
      counts.set(slot, of);
    }
  const everywhere: SpellingCounts = new Map();
  for (const of of counts.values())
    for (const [spelling, values] of of)
      for (const [key, entry] of values) {
        const known = everywhere.get(spelling) ?? new Map<string, { value: JsonValue; groups: Set<string> }>();
        const all = known.get(key) ?? { value: entry.value, groups: new Set<string>() };
        for (const group of entry.groups) all.groups.add(group);
        known.set(key, all);
        everywhere.set(spelling, known);
      }
  const shared = withoutTyped(settleAliases(everywhere));
  const list: ArgumentPrograms['aliases'] = [...shared].map(([spelling, value]) => ({ slot: -1, spelling, value }));
  const meanings = new Map<number, SlotMeaning>();
  for (const [slot, of] of counts) {
    const own = withoutTyped(settleAliases(of));
    for (const [spelling, value] of own) if (shared.get(spelling) !== value) list.push({ slot, spelling, value });
    meanings.set(slot, slotMeaning(new Map([...shared, ...own])));
  }
  const none = slotMeaning(shared);
  return Object.assign((slot: number) => meanings.get(slot) ?? none, { list });
}

/** Decides which parameters the texts name, and how many turns back it is worth reading. */
function draftTool(of: {
  name: string;
  rows: Row[];
  layout: Layout;
  slotNames: { names: string[]; of: (pointer: string) => number };
  meaningOf: MeaningOf;
}): ToolDraft {
  const pointers = [...new Set(of.rows.flatMap((row) => [...row.arguments.keys()]))].sort();
  const named = new Map<string, { present: number; named: number }>();
  const atDepth = new Array<number>(maximumDepth + 1).fill(0);
  let values = 0;
  const sample = of.rows.slice(0, 400);
  for (const row of sample) {
    const texts = textsOf(segmentsOf(row.context, of.layout, maximumDepth));
    for (const [pointer, value] of row.arguments) {
      const meaning = of.meaningOf(of.slotNames.of(pointer));
      const at = texts.findIndex((text) => namedIn(text, value, row, meaning).every((choices) => choices.length > 0));
      const count = named.get(pointer) ?? { present: 0, named: 0 };
      values++;
      count.present++;
      if (at >= 0) {
        count.named++;
        const copied = row.leaves.some((leaf) =>
          transformBetween(leaf.value, value, { today: row.today, aliases: meaning.aliases }),
        );
        if (!copied) atDepth[at]!++;
      }
      named.set(pointer, count);
    }
  }
  let depth = 0;
  for (let turn = 1; turn <= maximumDepth; turn++) if (atDepth[turn]! >= Math.max(2, values * 0.015)) depth = turn;
  const slotOf = new Map<string, number>();
  for (const [pointer, count] of named)
    if (count.named >= Math.min(3, count.present) && count.named >= count.present * 0.03)
      slotOf.set(pointer, of.slotNames.of(pointer));
  const slots = [...new Set(slotOf.values())].sort((a, b) => a - b);
  return {
    name: of.name,
    rows: of.rows,
    pointers,
    depth,
    slotOf,
    slots: toolSlots(of.name, slots, of.slotNames.names.length),
  };
}

export function toolSlots(name: string, slots: readonly number[], slotCount: number): ToolSlots {
  const slotIndex = new Int16Array(slotCount).fill(-1);
  slots.forEach((slot, index) => (slotIndex[slot] = index));
  return { tool: hash32(name) | 0 || 1, slots, slotIndex };
}

interface Learning {
  tools: readonly ToolDraft[];
  layout: Layout;
  slotNames: readonly string[];
  meaningOf: MeaningOf;
  labelled: readonly LabelledText[][];
  taggers: readonly Tagger[];
  seed: number;
}

/** Trains the choice on what taggers that have not seen a decision say about it, so that it trusts them as far as they
 *  deserve on new text. */
function learnPrograms(learning: Learning): { tools: ToolProgram[]; choice: ArgumentPrograms['choice'] } {
  const recorder = choiceRecorder();
  const examples: ChoiceExample[] = [];
  const foldOf: number[] = [];
  const drafts: {
    tool: ToolProgram;
    row: number;
    parameters: { prepared: PreparedParameter; examples: number[] }[];
  }[] = [];
  let offset = 0;
  for (const tool of learning.tools) {
    const texts = tool.rows.map((row) => textsOf(segmentsOf(row.context, learning.layout, tool.depth)));
    const signals = learnSignals(tool.rows);
    const parameters = tool.pointers.map((pointer) => {
      const slot = tool.slotOf.get(pointer) ?? -1;
      const meaning = learning.meaningOf(slot);
      const described = describeParameter(tool.rows, texts, { pointer, slot, meaning });
      const program: ParameterProgram = { ...described, support: 0, agreed: 0, reliable: false };
      const from = {
        name: tool.name,
        slots: tool.slots.slots,
        slotNames: learning.slotNames,
        aliases: meaning.aliases,
      };
      return { prepared: prepareParameter(program, from), examples: [] as number[] };
    });
    tool.rows.forEach((row, index) => {
      const own = learning.labelled[offset + index]!;
      const situation = {
        context: row.context,
        texts: texts[index]!.map((text, at) => ({
          ...text,
          spans: own[at] ? learning.taggers[row.fold]!.tag(own[at]) : [],
        })),
        today: row.today,
        signals: readSignals(row.context, signals),
      };
      for (const parameter of parameters) {
        if (parameter.prepared.program.program.kind === 'constant') continue;
        parameter.examples.push(examples.length);
        foldOf.push(row.fold);
        const truth = row.arguments.get(parameter.prepared.program.pointer);
        examples.push(
          recorder.record((sink) => proposeCandidates(parameter.prepared, situation, sink), truth, row.weight),
        );
      }
    });
    offset += tool.rows.length;
    const name = tool.name;
    drafts.push({
      tool: {
        name,
        decisions: tool.rows.length,
        depth: tool.depth,
        slots: [...tool.slots.slots],
        parameters: parameters.map(({ prepared }) => prepared.program),
        signals,
      },
      row: tool.rows.length,
      parameters,
    });
  }
  const keys = recorder.keys();
  const all = examples.map((_, index) => index);
  const fit = (members: number[], label: string) =>
    trainChoice(examples, {
      members,
      features: keys.length,
      epochs: choiceEpochs,
      random: seededRandom(`${learning.seed}/choice/${label}`),
    });
  const heldOut = Array.from({ length: folds }, (_, fold) =>
    fit(
      all.filter((example) => foldOf[example] !== fold),
      String(fold),
    ),
  );
  const right = examples.map((example, index) => {
    const probabilities = chances(example, heldOut[foldOf[index]!]!);
    return probabilities.indexOf(Math.max(...probabilities)) === example.answer && example.answer !== 1;
  });
  for (const draft of drafts)
    for (const { prepared, examples: own } of draft.parameters) {
      const { program } = prepared;
      program.support = program.program.kind === 'choice' ? own.length : draft.row;
      program.agreed = program.program.kind === 'choice' ? own.filter((example) => right[example]).length : draft.row;
      program.reliable =
        program.support >= 20 && wilsonInterval({ successes: program.agreed, trials: program.support })[0] >= 0.95;
    }
  const weights = fit(all, 'all');
  return { tools: drafts.map((draft) => draft.tool), choice: compact(keys, weights) };
}

function compact(keys: Int32Array, weights: Float64Array): ArgumentPrograms['choice'] {
  const kept: number[] = [];
  weights.forEach((weight, index) => {
    if (Math.abs(weight) >= 0.01) kept.push(index);
  });
  return {
    keys: Int32Array.from(kept, (index) => keys[index]!),
    weights: Float32Array.from(kept, (index) => weights[index]!),
  };
}

function flatGazetteer(gazetteer: Gazetteer): ArgumentPrograms['gazetteer'] {
  const pairs = [...gazetteer].flatMap(([phrase, slots]) => [...slots.keys()].map((slot) => [phrase, slot] as const));
  return { phrases: Int32Array.from(pairs, ([phrase]) => phrase), slots: Uint16Array.from(pairs, ([, slot]) => slot) };
}
