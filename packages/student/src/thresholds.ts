const minimumLeaf = 4;
const maximumSplits = 3;

/** Numbers that part the labels: the splits of least Gini impurity (CART, Breiman et al. 1984), each at the roundest number
 *  between its neighbours, for rules are written with round numbers. */
export function decidingThresholds(points: readonly { x: number; label: string }[]): number[] {
  const sorted = [...points].sort((a, b) => a.x - b.x);
  const thresholds: number[] = [];
  let parts = [sorted];
  while (thresholds.length < maximumSplits && parts.length > 0) {
    const splits = parts.map((part) => ({ part, ...bestSplit(part) })).sort((a, b) => b.gain - a.gain);
    const best = splits[0]!;
    if (best.gain <= sorted.length * 0.005) break;
    thresholds.push(roundest(best.part[best.at - 1]!.x, best.part[best.at]!.x));
    parts = [...splits.slice(1).map(({ part }) => part), best.part.slice(0, best.at), best.part.slice(best.at)];
  }
  return thresholds;
}

/** Where sorted points are best parted in two; `gain` is how many fewer are mixed (n · Gini). `at` is 0 when nothing is gained. */
export function bestSplit(part: readonly { x: number; label: string | null }[]): { at: number; gain: number } {
  const right = new Map<string | null, number>();
  const left = new Map<string | null, number>();
  for (const { label } of part) right.set(label, (right.get(label) ?? 0) + 1);
  // Σ n² over labels, kept up as points move from right to left: n · Gini = n - Σ n² / n.
  let leftSquares = 0;
  let rightSquares = [...right.values()].reduce((sum, count) => sum + count * count, 0);
  const whole = rightSquares / Math.max(1, part.length);
  let best = { at: 0, gain: 0 };
  for (let at = 1; at < part.length; at++) {
    const { label, x } = part[at - 1]!;
    const inLeft = left.get(label) ?? 0;
    const inRight = right.get(label)!;
    leftSquares += 2 * inLeft + 1;
    rightSquares -= 2 * inRight - 1;
    left.set(label, inLeft + 1);
    right.set(label, inRight - 1);
    if (part[at]!.x === x || at < minimumLeaf || part.length - at < minimumLeaf) continue;
    const gain = leftSquares / at + rightSquares / (part.length - at) - whole;
    if (gain > best.gain) best = { at, gain };
  }
  return best;
}

/** A value `v` with low ≤ v < high of as few digits as can be; signals ask whether a number *exceeds* it. */
export function roundest(low: number, high: number): number {
  for (
    let step = 10 ** Math.ceil(Math.log10(Math.max(Math.abs(low), Math.abs(high), 1e-6)));
    step > (high - low) / 100;
    step /= 10
  ) {
    const candidate = Math.floor(high / step) * step;
    if (candidate >= low && candidate < high) return candidate;
    if (candidate === high && high - step >= low) return high - step;
  }
  return (low + high) / 2;
}
