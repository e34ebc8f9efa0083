import { hash32, type JsonObject, type JsonValue } from '@retort/kernel';
import { sameValue } from './alignment.ts';
import { hasForm } from './forms.ts';
import { readPath, pathKey } from './paths.ts';
import { compilePattern, compileWhole } from './patterns.ts';
import type { ParameterProgram, Signal } from './program.ts';
import { mix, textBetween, tokenize, type Tokens } from './tokens.ts';
import { transformed, type Transform, type TransformEnvironment } from './transforms.ts';
import type { Span } from './viterbi.ts';

/** A request as the choice of arguments sees it, made once for all parameters of a tool. */
export interface Situation {
  context: JsonObject;
  /** Latest text first. */
  texts: readonly { tokens: Tokens; spans: readonly Span[]; origin: number }[];
  today: number | undefined;
  signals: Int32Array;
}

/** A parameter ready for use: what its features hash with, computed once. */
export interface PreparedParameter {
  program: ParameterProgram;
  /** Hash of tool and pointer. */
  id: number;
  /** Hash of the slot's name, shared by all tools. */
  name: number;
  /** Index among the tool's slots. */
  slotIndex: number;
  patterns: RegExp[];
  /** What a copied value must look like. */
  form: Parameters<typeof hasForm>[1];
  namesake: boolean[];
  environment: TransformEnvironment;
}

/** Receives candidates and their features. Candidate 0 leaves the argument out, 1 is a value not among the others. */
export interface CandidateSink {
  values: JsonValue[];
  /** `value` is 1 when absent. */
  feature(candidate: number, hash: number, value?: number): void;
}

export const omitted = 0;
export const unknown = 1;
const maximumWords = 48;

export function prepareParameter(
  program: ParameterProgram,
  tool: {
    name: string;
    slots: readonly number[];
    slotNames: readonly string[];
    aliases: TransformEnvironment['aliases'];
  },
): PreparedParameter {
  const lastKey = program.pointer.slice(program.pointer.lastIndexOf('/') + 1);
  return {
    program,
    id: hash32(`${tool.name} ${program.pointer}`) | 0,
    name: hash32(program.slot >= 0 ? tool.slotNames[program.slot]! : lastKey) | 0,
    slotIndex: tool.slots.indexOf(program.slot),
    patterns: program.patterns.map(compilePattern),
    form: { form: program.form, values: program.values, whole: program.patterns.map(compileWhole) },
    namesake: program.sources.map((path) => path.findLast((step) => typeof step === 'string') === lastKey),
    environment: { today: undefined, aliases: tool.aliases },
  };
}

/** Hashes of what the signals of a tool say about a context. */
export function readSignals(context: JsonObject, signals: readonly Signal[]): Int32Array {
  const hashes: number[] = [];
  for (const { path, thresholds } of signals) {
    const value = readPath(context, path);
    if (value === undefined) continue;
    const place = hash32(pathKey(path)) | 0;
    if (thresholds !== undefined) {
      if (typeof value !== 'number') continue;
      thresholds.forEach((threshold, index) => hashes.push(mix(place, (value > threshold ? 1000 : 2000) + index)));
    } else hashes.push(mix(place, hash32(typeof value === 'string' ? value.slice(0, 64) : JSON.stringify(value))));
  }
  return Int32Array.from(hashes);
}

/** Proposes every value that the program knows a way to, and says of each how it was come by. */
export function proposeCandidates(parameter: PreparedParameter, situation: Situation, sink: CandidateSink): void {
  const { program, id } = parameter;
  const environment = { ...parameter.environment, today: situation.today };
  const evidence = evidenceOf(parameter, situation);
  const propose = (raw: JsonValue, source: number, kind: number, describe?: (candidate: number) => void) => {
    for (const transform of program.transforms) {
      const value = transformed(raw, transform, environment);
      if (value === undefined || (transform !== 'same' && value === raw) || !hasForm(value, parameter.form)) continue;
      const candidate = candidateOf(sink, value);
      const way = transformHash(transform);
      sink.feature(candidate, mix(mix(50, id), source));
      sink.feature(candidate, mix(mix(mix(51, id), source), evidence));
      sink.feature(candidate, mix(mix(mix(52, id), kind), way));
      sink.feature(candidate, mix(mix(mix(53, parameter.name), kind), way));
      sink.feature(candidate, mix(mix(54, kind), way));
      describe?.(candidate);
    }
  };
  program.sources.forEach((path, index) => {
    const raw = readPath(situation.context, path);
    if (raw === undefined) return;
    const kind = parameter.namesake[index] ? 1 : 2;
    propose(raw, mix(60, index), kind);
  });
  for (const text of situation.texts) {
    proposeSpans(parameter, text, { sink, propose });
    for (let index = 0; index < parameter.patterns.length; index++) {
      const matches = text.tokens.text.slice(0, 4000).match(parameter.patterns[index]!);
      if (!matches) continue;
      propose(matches[0], mix(mix(62, text.origin), index), 5);
      propose(matches.at(-1)!, mix(mix(63, text.origin), index), 6);
    }
  }
  describeAbsence(parameter, evidence, sink);
  if (program.worded) describeByWords(parameter, situation, sink);
}

function proposeSpans(
  parameter: PreparedParameter,
  text: Situation['texts'][number],
  to: {
    sink: CandidateSink;
    propose: (raw: JsonValue, source: number, kind: number, describe: (candidate: number) => void) => void;
  },
): void {
  let nth = 0;
  const all: JsonValue[] = [];
  for (const span of text.spans) {
    if (span.slot !== parameter.slotIndex) continue;
    const raw = textBetween(text.tokens, span.first, span.last);
    const bucket = marginBucket(span.margin);
    if (span.margin >= 0 && !all.includes(raw)) all.push(raw);
    to.propose(raw, mix(61, text.origin), 3, (candidate) => {
      to.sink.feature(candidate, mix(mix(55, parameter.name), bucket));
      to.sink.feature(candidate, mix(mix(56, parameter.id), bucket));
      to.sink.feature(candidate, mix(57, bucket));
      to.sink.feature(candidate, mix(mix(58, parameter.id), nth));
    });
    nth++;
  }
  if (!parameter.program.lists || all.length === 0) return;
  const candidate = candidateOf(to.sink, all);
  to.sink.feature(candidate, mix(mix(59, parameter.id), all.length));
  to.sink.feature(candidate, mix(64, all.length));
}

function describeAbsence(parameter: PreparedParameter, evidence: number, sink: CandidateSink): void {
  for (const candidate of [omitted, unknown]) {
    sink.feature(candidate, mix(mix(70, parameter.id), candidate));
    sink.feature(candidate, mix(mix(mix(71, parameter.id), candidate), evidence));
    sink.feature(candidate, mix(mix(mix(72, parameter.name), candidate), evidence));
    sink.feature(candidate, mix(mix(73, candidate), evidence));
  }
}

/** An enumeration looks at all words, at the words of what would be copied ("dramatic story" is "Drama"), and at the
 *  signals. Words share one unit of evidence, so that a long text says no more than a short one. */
function describeByWords(parameter: PreparedParameter, situation: Situation, sink: CandidateSink): void {
  const { words, count } = situation.texts[0]!.tokens;
  const limit = Math.min(count, maximumWords);
  const share = 1 / Math.sqrt(limit + 1);
  const signalShare = 1 / Math.sqrt(situation.signals.length + 1);
  const nearWords = parameter.program.values.length > 0 ? wordsNear(parameter, situation) : [];
  const describe = (candidate: number, value: number) => {
    sink.feature(candidate, mix(80, value));
    for (let token = 0; token < limit; token++) {
      sink.feature(candidate, mix(mix(81, value), words[token]!), share);
      if (token > 0) sink.feature(candidate, mix(mix(mix(82, value), words[token - 1]!), words[token]!), share);
    }
    for (const signal of situation.signals) sink.feature(candidate, mix(mix(83, value), signal), signalShare);
    for (const word of nearWords) sink.feature(candidate, mix(mix(84, value), word));
  };
  describe(omitted, parameter.id);
  parameter.program.values.forEach((value, index) => describe(candidateOf(sink, value), mix(parameter.id, index + 1)));
}

/** The words of the parameter's spans and of the texts at its sources. */
function wordsNear(parameter: PreparedParameter, situation: Situation): number[] {
  const near: number[] = [];
  for (const text of situation.texts)
    for (const span of text.spans)
      if (span.slot === parameter.slotIndex && span.margin >= 0)
        for (let token = span.first; token <= span.last; token++)
          near.push(mix(text.origin, text.tokens.words[token]!));
  parameter.program.sources.slice(0, 3).forEach((path, index) => {
    const raw = readPath(situation.context, path);
    if (typeof raw !== 'string' || raw.length > 80) return;
    const { words, count } = tokenize(raw, 8);
    for (let token = 0; token < count; token++) near.push(mix(index + 1, words[token]!));
  });
  return near.slice(0, 24);
}

/** Which kinds of source have something to say: the same source is trusted differently when another speaks too. */
function evidenceOf(parameter: PreparedParameter, situation: Situation): number {
  let evidence = 0;
  situation.texts.forEach((text, index) => {
    for (const span of text.spans)
      if (span.slot === parameter.slotIndex && span.margin >= 0) evidence |= index === 0 ? 1 : 2;
  });
  parameter.program.sources.forEach((path, index) => {
    if (readPath(situation.context, path) !== undefined) evidence |= parameter.namesake[index] ? 4 : 8;
  });
  return evidence;
}

function candidateOf(sink: CandidateSink, value: JsonValue): number {
  for (let candidate = 2; candidate < sink.values.length; candidate++)
    if (sameValue(sink.values[candidate]!, value)) return candidate;
  return sink.values.push(value) - 1;
}

function marginBucket(margin: number): number {
  const size = Math.min(12, Math.floor(2 * Math.log2(1 + Math.abs(margin))));
  return margin < 0 ? -1 - size : size;
}

const transformHashes = new Map<Transform, number>();
function transformHash(transform: Transform): number {
  let hash = transformHashes.get(transform);
  if (hash === undefined) {
    hash = hash32(transform) | 0;
    transformHashes.set(transform, hash);
  }
  return hash;
}
