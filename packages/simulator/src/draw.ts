import type { JsonObject, Random } from '@retort/kernel';
import { roundAmount } from './language/slots.ts';

/** What an agent's structured context is drawn from. */
export interface Draw {
  id(prefix: string): string;
  /** Log-uniform in [low, high], two significant digits. */
  money(low: number, high: number): number;
  /** Uniform integer in [low, high]. */
  integer(low: number, high: number): number;
  oneOf<Value extends string>(...values: readonly Value[]): Value;
  chance(probability: number): boolean;
  customer(): JsonObject;
}

export const people = [
  'Ana Ruiz', 'Ben Okafor', 'Chloe Martin', 'Dmitri Volkov', 'Elif Kaya', 'Farah Haddad', 'George Lim', 'Hana Sato',
  'Ivan Petrov', 'Julia Novak', 'Kofi Mensah', 'Lena Fischer', 'Marco Rossi', 'Nadia Rahman', 'Omar Farouk', 'Priya Nair',
  'Quinn Walsh', 'Rosa Delgado', 'Samir Patel', 'Tara Singh', 'Uma Reddy', 'Viktor Lund', 'Wei Zhang', 'Yusuf Demir',
] as const; // prettier-ignore

export function drawFrom(random: Random): Draw {
  const draw: Draw = {
    id: (prefix) => `${prefix}-${10_000 + random.integer(9_000)}`,
    money: (low, high) => roundAmount(low * (high / low) ** random.next()),
    integer: (low, high) => low + random.integer(high - low + 1),
    oneOf: (...values) => random.pick(values),
    chance: (probability) => random.next() < probability,
    customer: () => ({
      id: draw.id('CU'),
      name: random.pick(people),
      segment: draw.oneOf('retail', 'retail', 'premium', 'business'),
      verified: draw.chance(0.85),
    }),
  };
  return draw;
}
