import type { JsonObject, JsonValue } from '@retort/kernel';
import type { PredictionRequest } from '../types.ts';
import {
  omitted,
  prepareParameter,
  proposeCandidates,
  readSignals,
  unknown,
  type PreparedParameter,
  type Situation,
} from './candidates.ts';
import { compileChoice, softmax } from './choice.ts';
import { pointerSegments, setArgument } from './flatten.ts';
import { addPhrase, type Gazetteer } from './gazetteer.ts';
import { segmentsOf, todayOf, type Layout } from './layout.ts';
import { readPath } from './paths.ts';
import type { ArgumentPrograms, ToolProgram } from './program.ts';
import { textsOf } from './spans.ts';
import { toolSlots, type ToolSlots } from './tagger-features.ts';
import { compileTagger, type Tagger } from './tagger.ts';
import { transformed } from './transforms.ts';

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
  parameters: { prepared: PreparedParameter; segments: string[] }[];
}

/** Makes programs ready to run. The predictor is pure: the same request always gives the same arguments. */
export function compileArguments(programs: ArgumentPrograms): ArgumentPredictor {
  const gazetteer: Gazetteer = new Map();
  programs.gazetteer.phrases.forEach((phrase, index) => addPhrase(gazetteer, phrase, programs.gazetteer.slots[index]!));
  const tagger = compileTagger(programs.tagger, { slotCount: programs.slots.length, gazetteer });
  const weightOf = compileChoice(programs.choice);
  const tools = new Map(programs.tools.map((tool) => [tool.name, readyTool(programs, tool)]));
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
        const decided = decide(prepared, situation, weightOf);
        confidence *= decided.confidence;
        if (decided.value !== undefined) setArgument(parameters, segments, decided.value);
        if (!decided.known) missing.push(prepared.program.pointer);
      }
      for (const key of requiredKeys(offered?.parameters))
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

function readyTool(programs: ArgumentPrograms, program: ToolProgram): ReadyTool {
  const parameters = program.parameters.map((parameter) => {
    const aliases = new Map<string, JsonValue>();
    for (const slot of [-1, parameter.slot])
      for (const alias of programs.aliases) if (alias.slot === slot) aliases.set(alias.spelling, alias.value);
    return {
      prepared: prepareParameter(parameter, {
        name: program.name,
        slots: program.slots,
        slotNames: programs.slots,
        aliases,
      }),
      segments: pointerSegments(parameter.pointer),
    };
  });
  return { program, slots: toolSlots(program.name, program.slots, programs.slots.length), parameters };
}

function situationOf(request: PredictionRequest, of: { tool: ReadyTool; tagger: Tagger; layout: Layout }): Situation {
  const { program, slots } = of.tool;
  return {
    context: request.context,
    texts: textsOf(segmentsOf(request.context, of.layout, program.depth)).map((text) => ({
      ...text,
      spans: slots.slots.length === 0 ? [] : of.tagger.tag({ ...text, tool: slots }),
    })),
    today: todayOf(request.context, of.layout),
    signals: readSignals(request.context, program.signals),
  };
}

interface Decided {
  value: JsonValue | undefined;
  confidence: number;
  known: boolean;
}

function decide(parameter: PreparedParameter, situation: Situation, weightOf: (hash: number) => number): Decided {
  const { program, support, agreed } = parameter.program;
  const certainty = (agreed + 1) / (support + 2);
  if (program.kind === 'omit') return { value: undefined, confidence: certainty, known: true };
  if (program.kind === 'constant') return { value: program.value, confidence: certainty, known: true };
  if (program.kind === 'copy') {
    const raw = readPath(situation.context, program.path);
    const environment = { ...parameter.environment, today: situation.today };
    const value = raw === undefined ? undefined : transformed(raw, program.transform, environment);
    return { value, confidence: certainty, known: true };
  }
  const values: JsonValue[] = [null, null];
  const scores: number[] = [0, 0];
  proposeCandidates(parameter, situation, {
    values,
    feature: (candidate, hash, strength = 1) => {
      scores[candidate] = (scores[candidate] ?? 0) + weightOf(hash) * strength;
    },
  });
  const probabilities = softmax(Float64Array.from(values, (_, candidate) => scores[candidate] ?? 0));
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
  const properties = schema?.properties;
  const names =
    properties !== null && typeof properties === 'object' && !Array.isArray(properties) ? Object.keys(properties) : [];
  if (names.length === 0) return { parameters: {}, confidence: 1, complete: true };
  return {
    parameters: {},
    confidence: 0,
    complete: false,
    unknown: names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  };
}

function requiredKeys(schema: JsonObject | undefined): string[] {
  const required = schema?.required;
  return Array.isArray(required) ? required.filter((key) => typeof key === 'string') : [];
}
