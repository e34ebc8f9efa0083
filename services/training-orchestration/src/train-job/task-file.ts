import type { TrainingTask } from '../tasks/train.ts';

/** A training as one file: a line of JSON with everything else, then the decisions as they are. */
export function encodeTask({ decisions, ...rest }: TrainingTask): Uint8Array {
  const header = Buffer.from(`${JSON.stringify(rest)}\n`);
  const file = new Uint8Array(header.length + decisions.length);
  file.set(header);
  file.set(decisions, header.length);
  return file;
}

export function decodeTask(file: Uint8Array): TrainingTask {
  const end = file.indexOf(0x0a);
  const rest = JSON.parse(new TextDecoder().decode(file.subarray(0, end))) as Omit<TrainingTask, 'decisions'>;
  return { ...rest, decisions: Uint8Array.from(file.subarray(end + 1)) };
}
