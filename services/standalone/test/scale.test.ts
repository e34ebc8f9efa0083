import { seededRandom } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { burstyArrivals, exponential, simulateQueue } from '../bench/scale/queue.ts';

const count = 400_000;

describe('the simulated queue', () => {
  // Erlang C (Erlang 1917) for M/M/c: the share that waits, for an offered load of a on c servers.
  const erlangC = (servers: number, load: number) => {
    let blocked = 1;
    for (let server = 1; server <= servers; server++) blocked = (load * blocked) / (server + load * blocked);
    return blocked / (1 - (load / servers) * (1 - blocked));
  };

  it.each([
    { servers: 1, load: 0.7 },
    { servers: 2, load: 1.5 },
    { servers: 8, load: 6 },
  ])('makes as many wait as Erlang C says: $servers servers, load $load', ({ servers, load }) => {
    const random = seededRandom(servers);
    const uniform = () => random.next();
    const { waited, utilisation } = simulateQueue({
      arrivals: burstyArrivals({ rate: load, burst: 1, spell: 1, count }, uniform),
      serve: exponential(1, uniform),
      servers,
    });
    expect(waited).toBeCloseTo(erlangC(servers, load), 1.7);
    expect(utilisation).toBeCloseTo(load / servers, 1.7);
  });

  it('has arrivals of the rate asked for, however they burst, and bursts make them wait', () => {
    const random = seededRandom('bursts');
    const uniform = () => random.next();
    const bursty = [...burstyArrivals({ rate: 50, burst: 4, spell: 0.5, count }, uniform)];
    expect(count / bursty.at(-1)!).toBeCloseTo(50, -0.4);
    const waits = (arrivals: Iterable<number>) =>
      simulateQueue({ arrivals, serve: exponential(1 / 70, uniform), servers: 1 }).p99;
    const steady = waits(burstyArrivals({ rate: 50, burst: 1, spell: 0.5, count }, uniform));
    expect(waits(bursty)).toBeGreaterThan(2 * steady);
  });
});
