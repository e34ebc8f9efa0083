import type { Call, Random } from '@retort/kernel';
import { isRight, type Example } from './example.ts';

/** BootstrapFewShot (DSPy 3): demonstrations are decisions that the teacher itself gets right, filled up with recorded
 *  ones. A state machine: whoever drives it asks the teacher, it decides what to ask and what to make of the answer. */
export interface BootstrapSettings {
  /** Decisions that the teacher got right; 4 in DSPy. */
  bootstrapped: number;
  /** Demonstrations in all; 16 in DSPy. */
  labelled: number;
}
const defaultBootstrap: BootstrapSettings = { bootstrapped: 4, labelled: 16 };

export interface BootstrapState {
  settings: BootstrapSettings;
  examples: readonly Example[];
  /** What the teacher is shown while it is asked: recorded decisions. */
  shown: readonly Example[];
  /** The next example to ask about. */
  position: number;
  accepted: readonly Example[];
}

export interface BootstrapQuestion {
  example: Example;
  demonstrations: readonly Example[];
}

export function beginBootstrap(
  examples: readonly Example[],
  random: Random,
  settings: BootstrapSettings = defaultBootstrap,
): BootstrapState {
  const shown = random.fork('shown').shuffle(examples).slice(0, settings.labelled);
  return { settings, examples, shown, position: 0, accepted: [] };
}

/** The next thing to ask the teacher; null when enough was accepted or nothing is left. An example is never among the
 *  demonstrations of its own question. */
export function nextQuestion(state: BootstrapState): BootstrapQuestion | null {
  const example = state.examples[state.position];
  if (!example || state.accepted.length >= state.settings.bootstrapped) return null;
  return { example, demonstrations: state.shown.filter(({ id }) => id !== example.id) };
}

/** `null`: the teacher gave no answer that could be read. */
export function answered(state: BootstrapState, answer: Call | null): BootstrapState {
  const example = state.examples[state.position];
  if (!example) return state;
  const accepted = isRight(example, answer) ? [...state.accepted, example] : state.accepted;
  return { ...state, accepted, position: state.position + 1 };
}

/** The demonstrations of the new prompt: what was accepted first, then random recorded ones. */
export function demonstrationsOf(state: BootstrapState, random: Random): Example[] {
  const taken = new Set(state.accepted.map(({ id }) => id));
  const rest = random
    .fork('labelled')
    .shuffle(state.examples)
    .filter(({ id }) => !taken.has(id));
  return [...state.accepted, ...rest.slice(0, Math.max(0, state.settings.labelled - state.accepted.length))];
}
