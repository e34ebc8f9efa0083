import type { JsonValue } from '@retort/kernel';
import type { Form } from '../values/forms.ts';
import type { Layout } from '../context/layout.ts';
import type { Path } from '../context/paths.ts';
import type { TaggerModel } from '../tagger/model.ts';
import type { Transform } from '../values/transforms.ts';

/** What was learnt about the arguments of every tool. Plain data: see `encode.ts` for its bytes. */
export interface ArgumentPrograms {
  layout: Layout;
  /** Names of the tagger's slots: parameters of the same name share one. */
  slots: string[];
  tools: ToolProgram[];
  /** Spellings by slot (index; -1: any slot): lower-case spelling → the teacher's. */
  aliases: { slot: number; spelling: string; value: JsonValue }[];
  gazetteer: { phrases: Int32Array; slots: Uint16Array };
  tagger: TaggerModel;
  /** Weights of the choice between candidates, by feature hash. */
  choice: { keys: Int32Array; weights: Float32Array };
}

export interface ToolProgram {
  name: string;
  /** Decisions learnt from whose arguments were known as a whole. */
  decisions: number;
  /** How many earlier turns are read for spans. */
  depth: number;
  slots: number[];
  parameters: ParameterProgram[];
  signals: Signal[];
}

/** A part of the context that decides between values: its value, or which of the thresholds it exceeds. */
export interface Signal {
  path: Path;
  thresholds?: number[];
}

export interface ParameterProgram {
  /** RFC 6901 pointer into the arguments. */
  pointer: string;
  /** The slot whose spans are candidates, -1: none. */
  slot: number;
  /** Places in the context that it was a copy of. */
  sources: Path[];
  /** Expressions whose first or last match in the text it was. */
  patterns: string[];
  /** Values to choose from when the text and the context do not name them. */
  values: JsonValue[];
  transforms: Transform[];
  form: Form;
  /** Whether the teacher ever wrote an array of spans. */
  lists: boolean;
  /** Whether the words of the request and the signals decide (the enumeration, and whether to omit). */
  worded: boolean;
  program: Program;
  /** Held-out decisions and how many of them the program got right. */
  support: number;
  agreed: number;
  /** Support ≥ 20 and the Wilson lower bound (95%) of agreement ≥ .95. */
  reliable: boolean;
}

/** Cheapest first. `choice` weighs all candidates against each other and against leaving the argument out. */
export type Program =
  | { kind: 'omit' }
  | { kind: 'constant'; value: JsonValue }
  | { kind: 'copy'; path: Path; transform: Transform }
  | { kind: 'choice' };
