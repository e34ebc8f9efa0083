import { hash32, type JsonObject, type JsonValue } from '@retort/kernel';
import { sameValue } from '../values/alignment.ts';
import { hasForm } from '../values/forms.ts';
import { readPath } from '../context/paths.ts';
import { compilePattern, compileWhole } from '../values/patterns.ts';
import type { ParameterProgram } from '../programs/program.ts';
import { mix, textBetween, tokenize, type Tokens } from '../values/tokens.ts';
import { transformed, transforms, type Transform, type TransformEnvironment } from '../values/transforms.ts';
import type { Span } from '../tagger/viterbi.ts';

/** A request as the choice of arguments sees it, made once for all parameters of a tool. */
export interface Situation {
  context: JsonObject;
  /** Latest text first. */
  texts: readonly { tokens: Tokens; spans: readonly Span[]; origin: number }[];
  today: number | undefined;
  /** See `signals.ts`. */
  signals: readonly number[];
}

/** A parameter ready for use: what its features hash with, computed once. */
export interface PreparedParameter {
  program: ParameterProgram;
  /** Hash of tool and pointer. */
  id: number;
  /** Hash of the slot's name, shared by all tools. */
  name: number;
  /** What the features of a copied value begin with. */
  seeds: { source: number; evidence: number; way: number; sharedWay: number };
  /** Index among the tool's slots. */
  slotIndex: number;
  patterns: RegExp[];
  /** What a copied value must look like. */
  form: Parameters<typeof hasForm>[1];
  namesake: boolean[];
  aliases: TransformEnvironment['aliases'];
}

/** Receives candidates and their features. Candidate 0 leaves the argument out, 1 is a value not among the others. */
export interface CandidateSink {
  values: JsonValue[];
  feature(candidate: number, hash: number, strength: number): void;
  /** Each of the first `limit` words mixed into `word`, followed by the pair with the word before it, mixed into `pair`. */
  sentence(
    candidate: number,
    of: { word: number; pair: number; words: readonly number[]; limit: number; strength: number },
  ): void;
}

/** What keeps features of different kinds apart; part of the artifact's format. `own…` and the plain ones are of this parameter,
 *  `slot…` and `shared…` of its slot in any tool, `common…` of all parameters. */
const salts = {
  source: 50,
  sourceEvidence: 51,
  way: 52,
  sharedWay: 53,
  commonWay: 54,
  slotMargin: 55,
  ownMargin: 56,
  commonMargin: 57,
  ordinal: 58,
  ownList: 59,
  copy: 60,
  span: 61,
  firstMatch: 62,
  lastMatch: 63,
  commonList: 64,
  absence: 70,
  absenceEvidence: 71,
  slotAbsenceEvidence: 72,
  commonAbsenceEvidence: 73,
  value: 80,
  valueWord: 81,
  valuePair: 82,
  valueSignal: 83,
  valueNear: 84,
} as const;

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
  const id = hash32(`${tool.name} ${program.pointer}`) | 0;
  const name = hash32(program.slot >= 0 ? tool.slotNames[program.slot]! : lastKey) | 0;
  return {
    program,
    id,
    name,
    seeds: {
      source: mix(salts.source, id),
      evidence: mix(salts.sourceEvidence, id),
      way: mix(salts.way, id),
      sharedWay: mix(salts.sharedWay, name),
    },
    slotIndex: tool.slots.indexOf(program.slot),
    patterns: program.patterns.map(compilePattern),
    form: { form: program.form, values: program.values, whole: program.patterns.map(compileWhole) },
    namesake: program.sources.map((path) => path.findLast((step) => typeof step === 'string') === lastKey),
    aliases: tool.aliases,
  };
}

/** What one parameter is being chosen from. */
interface Proposal {
  parameter: PreparedParameter;
  situation: Situation;
  sink: CandidateSink;
  environment: TransformEnvironment;
  /** Which kinds of source have something to say. */
  evidence: number;
}

/** Proposes every value that the program knows a way to, and says of each how it was come by. */
export function proposeCandidates(parameter: PreparedParameter, situation: Situation, sink: CandidateSink): void {
  const { program, namesake, patterns } = parameter;
  const copies = program.sources.map((path) => readPath(situation.context, path));
  const environment = { today: situation.today, aliases: parameter.aliases };
  const proposal = { parameter, situation, sink, environment, evidence: evidenceOf(parameter, situation, copies) };
  for (let index = 0; index < copies.length; index++)
    if (copies[index] !== undefined)
      propose(proposal, copies[index]!, { source: mix(salts.copy, index), kind: namesake[index] ? 1 : 2 });
  for (const text of situation.texts) {
    proposeSpans(proposal, text);
    for (let index = 0; index < patterns.length; index++) {
      const matches = text.tokens.text.slice(0, 4000).match(patterns[index]!);
      if (!matches) continue;
      propose(proposal, matches[0], { source: mix(mix(salts.firstMatch, text.origin), index), kind: 5 });
      propose(proposal, matches.at(-1)!, { source: mix(mix(salts.lastMatch, text.origin), index), kind: 6 });
    }
  }
  describeAbsence(proposal);
  if (program.worded) describeByWords(proposal, copies);
}

/** Proposes what the transforms make of a value. A span of a text also says how sure it is, and the how-many-th of its slot
 *  it is. */
function propose(
  { parameter, sink, environment, evidence }: Proposal,
  raw: JsonValue,
  { source, kind, bucket, nth }: { source: number; kind: number; bucket?: number; nth?: number },
): void {
  const { seeds, form } = parameter;
  for (const transform of parameter.program.transforms) {
    const value = transformed(raw, transform, environment);
    if (value === undefined || (transform !== 'same' && value === raw) || !hasForm(value, form)) continue;
    const candidate = candidateOf(sink, value, sink.values.length);
    const way = transformHash(transform);
    sink.feature(candidate, mix(seeds.source, source), 1);
    sink.feature(candidate, mix(mix(seeds.evidence, source), evidence), 1);
    sink.feature(candidate, mix(mix(seeds.way, kind), way), 1);
    sink.feature(candidate, mix(mix(seeds.sharedWay, kind), way), 1);
    sink.feature(candidate, mix(mix(salts.commonWay, kind), way), 1);
    if (bucket === undefined || nth === undefined) continue;
    sink.feature(candidate, mix(mix(salts.slotMargin, parameter.name), bucket), 1);
    sink.feature(candidate, mix(mix(salts.ownMargin, parameter.id), bucket), 1);
    sink.feature(candidate, mix(salts.commonMargin, bucket), 1);
    sink.feature(candidate, mix(mix(salts.ordinal, parameter.id), nth), 1);
  }
}

function proposeSpans(proposal: Proposal, text: Situation['texts'][number]): void {
  const { parameter, sink } = proposal;
  let nth = 0;
  let all: JsonValue[] | undefined;
  for (const span of text.spans) {
    if (span.slot !== parameter.slotIndex) continue;
    const raw = textBetween(text.tokens, span.first, span.last);
    if (span.margin >= 0 && !all?.includes(raw)) (all ??= []).push(raw);
    propose(proposal, raw, { source: mix(salts.span, text.origin), kind: 3, bucket: marginBucket(span.margin), nth });
    nth++;
  }
  if (!parameter.program.lists || all === undefined) return;
  const candidate = candidateOf(sink, all, sink.values.length);
  sink.feature(candidate, mix(mix(salts.ownList, parameter.id), all.length), 1);
  sink.feature(candidate, mix(salts.commonList, all.length), 1);
}

function describeAbsence({ parameter, evidence, sink }: Proposal): void {
  for (let candidate = omitted; candidate <= unknown; candidate++) {
    sink.feature(candidate, mix(mix(salts.absence, parameter.id), candidate), 1);
    sink.feature(candidate, mix(mix(mix(salts.absenceEvidence, parameter.id), candidate), evidence), 1);
    sink.feature(candidate, mix(mix(mix(salts.slotAbsenceEvidence, parameter.name), candidate), evidence), 1);
    sink.feature(candidate, mix(mix(salts.commonAbsenceEvidence, candidate), evidence), 1);
  }
}

/** An enumeration looks at all words, at the words of what would be copied ("dramatic story" is "Drama"), and at the
 *  signals. Words share one unit of evidence, so that a long text says no more than a short one. */
function describeByWords({ parameter, situation, sink }: Proposal, copies: readonly (JsonValue | undefined)[]): void {
  const { values } = parameter.program;
  const near = values.length > 0 ? wordsNear(parameter, situation, copies) : [];
  const proposed = sink.values.length;
  describeChoice(omitted, parameter.id, { situation, sink, near });
  // The values are all different: only what was proposed before may be one of them.
  for (let index = 0; index < values.length; index++)
    describeChoice(candidateOf(sink, values[index]!, proposed), mix(parameter.id, index + 1), {
      situation,
      sink,
      near,
    });
}

function describeChoice(
  candidate: number,
  value: number,
  { situation, sink, near }: { situation: Situation; sink: CandidateSink; near: readonly number[] },
): void {
  const { words, count } = situation.texts[0]!.tokens;
  const limit = Math.min(count, maximumWords);
  sink.feature(candidate, mix(salts.value, value), 1);
  const strength = 1 / Math.sqrt(limit + 1);
  sink.sentence(candidate, {
    word: mix(salts.valueWord, value),
    pair: mix(salts.valuePair, value),
    words,
    limit,
    strength,
  });
  const signalSeed = mix(salts.valueSignal, value);
  const signalShare = 1 / Math.sqrt(situation.signals.length + 1);
  for (const signal of situation.signals) sink.feature(candidate, mix(signalSeed, signal), signalShare);
  for (const word of near) sink.feature(candidate, mix(mix(salts.valueNear, value), word), 1);
}

/** The words of the parameter's spans and of the texts at its sources. */
function wordsNear(
  parameter: PreparedParameter,
  situation: Situation,
  copies: readonly (JsonValue | undefined)[],
): number[] {
  const near: number[] = [];
  for (const text of situation.texts)
    for (const span of text.spans)
      if (span.slot === parameter.slotIndex && span.margin >= 0)
        for (let token = span.first; token <= span.last; token++)
          near.push(mix(text.origin, text.tokens.words[token]!));
  for (let index = 0; index < Math.min(3, copies.length); index++) {
    const raw = copies[index];
    if (typeof raw !== 'string' || raw.length > 80) continue;
    const { words, count } = tokenize(raw, 8);
    for (let token = 0; token < count; token++) near.push(mix(index + 1, words[token]!));
  }
  return near.slice(0, 24);
}

/** Which kinds of source have something to say: the same source is trusted differently when another speaks too. */
function evidenceOf(
  parameter: PreparedParameter,
  situation: Situation,
  copies: readonly (JsonValue | undefined)[],
): number {
  let evidence = 0;
  for (let index = 0; index < situation.texts.length; index++)
    for (const span of situation.texts[index]!.spans)
      if (span.slot === parameter.slotIndex && span.margin >= 0) evidence |= index === 0 ? 1 : 2;
  for (let index = 0; index < copies.length; index++)
    if (copies[index] !== undefined) evidence |= parameter.namesake[index] ? 4 : 8;
  return evidence;
}

/** The candidate with this value, if it is among those before `end`, or else a new one. */
function candidateOf(sink: CandidateSink, value: JsonValue, end: number): number {
  for (let candidate = 2; candidate < end; candidate++) if (sameValue(sink.values[candidate]!, value)) return candidate;
  return sink.values.push(value) - 1;
}

function marginBucket(margin: number): number {
  const size = Math.min(12, Math.floor(2 * Math.log2(1 + Math.abs(margin))));
  return margin < 0 ? -1 - size : size;
}

const transformHashes = Object.fromEntries(transforms.map((transform) => [transform, hash32(transform) | 0])) as Record<
  Transform,
  number
>;

function transformHash(transform: Transform): number {
  return transformHashes[transform];
}
