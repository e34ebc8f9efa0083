import type { JsonObject, JsonValue } from '@retort/kernel';
import type { PredictionRequest } from '../types.ts';
import {
  omitted,
  prepareParameter,
  proposeCandidates,
  unknown,
  type PreparedParameter,
  type Situation,
} from './choice/candidates.ts';
import { compileChoice, type Chooser } from './choice/chooser.ts';
import { pointerSegments, setArgument } from './values/flatten.ts';
import { addPhrase, gazetteerOf, type PhraseCounts } from './tagger/gazetteer.ts';
import { segmentsOf, todayOf, type Layout } from './context/layout.ts';
import { readPath } from './context/paths.ts';
import type { ArgumentPrograms, ToolProgram } from './programs/program.ts';
import { prepareSignals, readSignals, type PreparedSignal } from './context/signals.ts';
import { textsOf } from './tagger/spans.ts';
import { toolSlots, type ToolSlots } from './tagger/features.ts';
import { compileTagger, type Tagger } from './tagger/tagger.ts';
import { transformed } from './values/transforms.ts';

export interface PredictedArguments {
  parameters: JsonObject;
  /** Probability that the whole object is the teacher's. */
  confidence: number;
  /** False when an argument that belongs there could not be produced; `unknown` names them by JSON pointer. */
  complete: boolean;
  unknown?: string[];
}

export interface ArgumentPredictor {
  predict(request: PredictionRequest, tool: string): PredictedArguments;
}

interface ReadyTool {
  program: ToolProgram;
  slots: ToolSlots;
  signals: PreparedSignal[];
  parameters: { prepared: PreparedParameter; segments: string[] }[];
}

/** Makes programs ready to run. The predictor is pure: the same request always gives the same arguments. */
export function compileArguments(programs: ArgumentPrograms): ArgumentPredictor {
  const phrases: PhraseCounts = new Map();
  programs.gazetteer.phrases.forEach((phrase, index) => addPhrase(phrases, phrase, programs.gazetteer.slots[index]!));
  const gazetteer = gazetteerOf(phrases);
  const tagger = compileTagger(programs.tagger, { slotCount: programs.slots.length, gazetteer });
  const chooser = compileChoice(programs.choice);
  const aliasesOf = aliasesBySlot(programs);
  const tools = new Map(programs.tools.map((tool) => [tool.name, readyTool(programs, tool, aliasesOf)]));
  return {
    predict(request, name) {
      const tool = tools.get(name);
      const offered = request.tools.find((candidate) => candidate.name === name);
      if (!tool) return unseenTool(offered?.parameters);
      const situation = situationOf(request, { tool, tagger, layout: programs.layout });
      const parameters: JsonObject = {};
      const missing: string[] = [];
      let confidence = 1;
      for (const { prepared, segments } of tool.parameters) {
        const decided = decide(prepared, situation, chooser);
        confidence *= decided.confidence;
        if (decided.value !== undefined) setArgument(parameters, segments, decided.value);
        if (!decided.known) missing.push(prepared.program.pointer);
      }
      // Where no call was known as a whole, whatever the tool takes may have been there each time.
      const expected = tool.program.decisions === 0 ? propertiesOf : requiredKeys;
      for (const key of expected(offered?.parameters))
        if (
          !Object.hasOwn(parameters, key) &&
          !missing.some((pointer) => pointer === `/${key}` || pointer.startsWith(`/${key}/`))
        )
          missing.push(`/${key}`);
      confidence *= (tool.program.decisions + 1) / (tool.program.decisions + 2);
      return missing.length === 0
        ? { parameters, confidence, complete: true }
        : { parameters, confidence, complete: false, unknown: missing };
    },
  };
}

/** Spellings by slot; those of a slot come before those that hold for every slot. */
function aliasesBySlot({ aliases }: ArgumentPrograms): (slot: number) => ReadonlyMap<string, JsonValue> {
  const own = new Map<number, typeof aliases>();
  for (const alias of aliases) {
    const of = own.get(alias.slot);
    if (of) of.push(alias);
    else own.set(alias.slot, [alias]);
  }
  const shared = own.get(-1) ?? [];
  const made = new Map<number, ReadonlyMap<string, JsonValue>>();
  return (slot) => {
    const known = made.get(slot);
    if (known) return known;
    const all = [...shared, ...(own.get(slot) ?? [])];
    const merged = new Map(all.map(({ spelling, value }) => [spelling, value]));
    made.set(slot, merged);
    return merged;
  };
}

function readyTool(
  programs: ArgumentPrograms,
  program: ToolProgram,
  aliasesOf: (slot: number) => ReadonlyMap<string, JsonValue>,
): ReadyTool {
  const of = { name: program.name, slots: program.slots, slotNames: programs.slots };
  return {
    program,
    slots: toolSlots(program.name, program.slots, programs.slots.length),
    signals: prepareSignals(program.signals),
    parameters: program.parameters.map((parameter) => ({
      prepared: prepareParameter(parameter, { ...of, aliases: aliasesOf(parameter.slot) }),
      segments: pointerSegments(parameter.pointer),
    })),
  };
}

function situationOf(request: PredictionRequest, of: { tool: ReadyTool; tagger: Tagger; layout: Layout }): Situation {
  const { program, slots, signals } = of.tool;
  return {
    context: request.context,
    texts: textsOf(segmentsOf(request.context, of.layout, program.depth)).map(({ tokens, origin }) => ({
      tokens,
      origin,
      spans: slots.slots.length === 0 ? [] : of.tagger.tag({ tokens, origin, tool: slots }),
    })),
    today: todayOf(request.context, of.layout),
    signals: readSignals(request.context, signals),
  };
}

interface Decided {
  value: JsonValue | undefined;
  confidence: number;
  known: boolean;
}

function decide(parameter: PreparedParameter, situation: Situation, chooser: Chooser): Decided {
  const { program, support, agreed } = parameter.program;
  const certainty = (agreed + 1) / (support + 2);
  if (program.kind === 'omit') return { value: undefined, confidence: certainty, known: true };
  if (program.kind === 'constant') return { value: program.value, confidence: certainty, known: true };
  if (program.kind === 'copy') {
    const raw = readPath(situation.context, program.path);
    const environment = { aliases: parameter.aliases, today: situation.today };
    const value = raw === undefined ? undefined : transformed(raw, program.transform, environment);
    return { value, confidence: certainty, known: true };
  }
  const { values, probabilities } = chooser.weigh((sink) => proposeCandidates(parameter, situation, sink));
  let best = omitted;
  for (let candidate = 2; candidate < values.length; candidate++)
    if (probabilities[candidate]! > probabilities[best]!) best = candidate;
  return {
    value: best === omitted ? undefined : values[best],
    confidence: probabilities[best]!,
    known: probabilities[best]! >= probabilities[unknown]!,
  };
}

function unseenTool(schema: JsonObject | undefined): PredictedArguments {
  const names = propertiesOf(schema);
  if (names.length === 0) return { parameters: {}, confidence: 1, complete: true };
  return {
    parameters: {},
    confidence: 0,
    complete: false,
    unknown: names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  };
}

function propertiesOf(schema: JsonObject | undefined): string[] {
  const properties = schema?.properties;
  return properties !== null && typeof properties === 'object' && !Array.isArray(properties)
    ? Object.keys(properties)
    : [];
}

function requiredKeys(schema: JsonObject | undefined): string[] {
  const required = schema?.required;
  return Array.isArray(required) ? required.filter((key) => typeof key === 'string') : [];
}
