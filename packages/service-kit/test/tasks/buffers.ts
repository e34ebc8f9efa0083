import { transferring } from '../../src/compute/transferring.ts';

export default function buffers(size: number): Float32Array {
  const weights = new Float32Array(size).fill(0.5);
  return transferring(weights, [weights.buffer]);
}
