import type { PackedDecisions } from '../app/pack-decisions.ts';
import type { TrainingTask } from '../app/train-task.ts';

/** A training as one file: a line of JSON with the toolsets and options, then the decisions as they are. */
export function encodeTask({ decisions, toolsets, options }: TrainingTask): Uint8Array {
  const header = Buffer.from(`${JSON.stringify({ toolsets, options })}\n`);
  const file = new Uint8Array(header.length + decisions.length);
  file.set(header);
  file.set(decisions, header.length);
  return file;
}

export function decodeTask(file: Uint8Array): TrainingTask {
  const end = file.indexOf(0x0a);
  const { toolsets, options } = JSON.parse(new TextDecoder().decode(file.subarray(0, end))) as {
    toolsets: PackedDecisions['toolsets'];
    options: TrainingTask['options'];
  };
  return { toolsets, options, decisions: Uint8Array.from(file.subarray(end + 1)) };
}
