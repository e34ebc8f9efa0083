import type { Measured } from '@retort/contracts';
import { transferring, type Task } from '@retort/service-kit';
import { trainStudent, type StudentCard, type TaughtDecision, type TrainingOptions } from '@retort/student';
import { countLeakage, majorityBaseline } from '../domain/leakage.ts';
import type { PackedDecision } from './pack-decisions.ts';

export interface TrainingTask {
  /** NDJSON of `PackedDecision`: the thread parses, so that the event loop need not. */
  decisions: Uint8Array<ArrayBuffer>;
  /** The tools behind each toolset's digest. */
  toolsets: Record<string, TaughtDecision['tools']>;
  options: TrainingOptions;
}

export interface TrainingOutcome {
  artifact: Uint8Array;
  card: StudentCard;
  leakage: Measured;
  majorityBaseline: number | null;
  trainSeconds: number;
}

/** Runs in a worker thread. */
const train: Task<TrainingTask, TrainingOutcome> = ({ decisions: packed, toolsets, options }, report) => {
  const decisions = [...unpack(packed, toolsets)];
  const startedAt = performance.now();
  const { artifact, card } = trainStudent(decisions, options, report);
  const trainSeconds = (performance.now() - startedAt) / 1000;
  // A copy of its own: a view into a larger buffer cannot be handed over.
  const bytes = Uint8Array.from(artifact);
  return transferring(
    {
      artifact: bytes,
      card,
      leakage: countLeakage(decisions),
      majorityBaseline: majorityBaseline(decisions),
      trainSeconds,
    },
    [bytes.buffer],
  );
};
export default train;

function* unpack(packed: Uint8Array, toolsets: TrainingTask['toolsets']): Iterable<TaughtDecision> {
  const decoder = new TextDecoder();
  for (let start = 0; start < packed.length;) {
    const found = packed.indexOf(0x0a, start);
    const end = found < 0 ? packed.length : found;
    const { toolset, ...decision } = JSON.parse(decoder.decode(packed.subarray(start, end))) as PackedDecision;
    yield { ...decision, tools: toolsets[toolset] ?? [] };
    start = end + 1;
  }
}
