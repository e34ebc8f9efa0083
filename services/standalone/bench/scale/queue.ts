/** A queue before several equal servers, event by event: who comes waits for the server that is free first. */
export interface Queue {
  /** Of those who come, in time order, in seconds. */
  arrivals: Iterable<number>;
  /** Seconds that the next one is served for. */
  serve(): number;
  servers: number;
}

export interface Waits {
  served: number;
  /** Seconds from arrival until served. */
  p50: number;
  p99: number;
  /** Share of those who waited at all. */
  waited: number;
  /** Share of the servers' time that was used. */
  utilisation: number;
}

export function simulateQueue({ arrivals, serve, servers }: Queue): Waits {
  const freeAt = new Float64Array(servers);
  const took: number[] = [];
  let waited = 0;
  let busy = 0;
  let end = 0;
  for (const arrival of arrivals) {
    let first = 0;
    for (let server = 1; server < servers; server++) if (freeAt[server]! < freeAt[first]!) first = server;
    const begins = Math.max(arrival, freeAt[first]!);
    if (begins > arrival) waited++;
    const service = serve();
    busy += service;
    freeAt[first] = begins + service;
    end = Math.max(end, freeAt[first]!);
    took.push(freeAt[first]! - arrival);
  }
  took.sort((left, right) => left - right);
  const quantile = (share: number) => took[Math.floor(share * took.length)] ?? 0;
  return {
    served: took.length,
    p50: quantile(0.5),
    p99: quantile(0.99),
    waited: waited / took.length,
    utilisation: busy / (servers * end),
  };
}

/** Exponential times of this mean, in seconds, from uniform numbers of [0, 1). */
export function exponential(mean: number, uniform: () => number): () => number {
  return () => -mean * Math.log(1 - uniform());
}

/** Arrivals that come in bursts: a Poisson stream whose rate is `burst` times as high for a tenth of the time, in spells of
 *  `spell` seconds on average (a Markov-modulated Poisson process). `rate` is that of the whole, a second. */
export function* burstyArrivals(
  { rate, burst, spell, count }: { rate: number; burst: number; spell: number; count: number },
  uniform: () => number,
): Generator<number> {
  const calmRate = rate / (0.9 + 0.1 * burst);
  const draw = exponential(1, uniform);
  let now = 0;
  let isBurst = false;
  let changesAt = 9 * spell * draw();
  for (let made = 0; made < count;) {
    const next = now + draw() / (isBurst ? burst * calmRate : calmRate);
    if (next < changesAt) {
      now = next;
      made++;
      yield now;
      continue;
    }
    // Without memory: what is left of a gap is drawn anew at the other rate.
    now = changesAt;
    isBurst = !isBurst;
    changesAt = now + (isBurst ? spell : 9 * spell) * draw();
  }
}
