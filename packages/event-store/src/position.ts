/** A place in the log: `commit/prepare`, two unsigned 64-bit numbers in decimal. Opaque to everyone but the adapters,
 *  and ordered by `comparePositions` only. In EventStoreDB it is the log position of that name; in Postgres it is the
 *  transaction's id and the event's number within the transaction. */
export type Position = `${bigint}/${bigint}`;

export function formatPosition(commit: bigint, prepare: bigint): Position {
  return `${commit}/${prepare}`;
}

/** @throws RangeError when the text is not a position. */
export function parsePosition(position: string): { commit: bigint; prepare: bigint } {
  const match = /^(\d{1,20})\/(\d{1,20})$/.exec(position);
  if (!match) throw new RangeError(`not a log position: ${JSON.stringify(position)}`);
  return { commit: BigInt(match[1]!), prepare: BigInt(match[2]!) };
}

/** Negative, zero or positive, as `Array.prototype.sort` wants it. */
export function comparePositions(left: string, right: string): number {
  const a = parsePosition(left);
  const b = parsePosition(right);
  if (a.commit !== b.commit) return a.commit < b.commit ? -1 : 1;
  if (a.prepare !== b.prepare) return a.prepare < b.prepare ? -1 : 1;
  return 0;
}
