/** How far the readers of the log have come that keep a checkpoint. */
export type ReadersProgress = () => Promise<{ name: string; position: string | null; updatedAt: Date | null }[]>;
