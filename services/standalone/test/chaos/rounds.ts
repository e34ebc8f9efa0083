import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '@retort/kernel';

export const rounds = Number(process.env['RETORT_CHAOS_ROUNDS'] ?? 20);
const seed = Number(process.env['RETORT_CHAOS_SEED'] ?? randomInt(2 ** 31));
const longestMs = 1_500;

/** Moments of no choosing, the same ones for the same seed. */
export function moments(victim: string): () => Promise<void> {
  process.stdout.write(`chaos, ${victim}: ${rounds} rounds, RETORT_CHAOS_SEED=${seed}\n`);
  const random = seededRandom(seed).fork(victim);
  return () => delay(random.integer(longestMs));
}
