/** How far a reader of the log has come. */
export interface Checkpoint {
  /** null before it read anything. */
  read(): Promise<string | null>;
  /** @throws `postgres.checkpoint-moved` (409) when it no longer stands at `from` */
  advance(from: string | null, to: string): Promise<void>;
}
