/** A non-decreasing step function: `values[i]` holds from `knots[i]` on; below the first knot the first value holds. */
export interface IsotonicFit {
  knots: number[];
  values: number[];
}

/** Isotonic regression of `y` on `x` (pool adjacent violators). Throws on no points: there is nothing to fit. */
export function fitIsotonic(points: readonly { x: number; y: number }[]): IsotonicFit {
  if (points.length === 0) throw new RangeError('isotonic regression needs at least one point');
  const blocks: { knot: number; sum: number; count: number }[] = [];
  for (const { x, y } of [...points].sort((a, b) => a.x - b.x)) {
    const last = blocks.at(-1);
    if (last && last.knot === x && last.count > 0) {
      last.sum += y;
      last.count += 1;
    } else blocks.push({ knot: x, sum: y, count: 1 });
    while (blocks.length > 1 && mean(blocks.at(-2)!) >= mean(blocks.at(-1)!)) {
      const merged = blocks.pop()!;
      blocks.at(-1)!.sum += merged.sum;
      blocks.at(-1)!.count += merged.count;
    }
  }
  return { knots: blocks.map(({ knot }) => knot), values: blocks.map(mean) };
}

const mean = ({ sum, count }: { sum: number; count: number }) => sum / count;

export function isotonicValue({ knots, values }: IsotonicFit, x: number): number {
  let low = 0;
  let high = knots.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (knots[middle]! <= x) low = middle;
    else high = middle - 1;
  }
  return values[low]!;
}
