import { jsonObject } from '@retort/contracts';
import { z } from 'zod';

/** The artifact behind a data set version: the recipe, and the places in the log that it selected. Small to keep, and
 *  enough to rebuild every row. */
export const manifest = z.object({
  format: z.literal(1),
  product: z.literal('distillation_training_data'),
  digest: z.string(),
  recipe: jsonObject,
  /** The last position of the log this version saw. */
  log_position: z.string(),
  report: jsonObject,
  /** Column by column, in the order of the log. */
  rows: z.object({
    positions: z.array(z.string()),
    ids: z.array(z.string()),
    quality: z.array(z.number().nullable()),
    weights: z.array(z.number()),
    /** Absent where every row may calibrate, and from manifests of earlier releases. */
    calibrates: z.array(z.boolean()).optional(),
  }),
});
export type Manifest = z.infer<typeof manifest>;

/** The manifest of the rows that are kept, column by column. */
export function withoutRows(from: Manifest, keep: (decision: string) => boolean): Manifest {
  const { positions, ids, quality, weights, calibrates } = from.rows;
  const kept = ids.flatMap((id, index) => (keep(id) ? [index] : []));
  const only = <Value>(column: readonly Value[]) => kept.map((index) => column[index]!);
  const rows = { positions: only(positions), ids: only(ids), quality: only(quality), weights: only(weights) };
  return { ...from, rows: { ...rows, ...(calibrates && { calibrates: only(calibrates) }) } };
}
