/** A place in the log: `commit/prepare`, two unsigned 64-bit numbers in decimal. Opaque to everyone but the adapters,
 *  and ordered by `comparePositions` only. In EventStoreDB it is the log position of that name; in Postgres it is the
 *  transaction's id and the event's number within the transaction. */
export type Position = `${bigint}/${bigint}`;

export function formatPosition(commit: bigint, prepare: bigint): Position {
  return `${commit}/${prepare}`;
}

const greatest = 2n ** 64n - 1n;

/** @throws RangeError when the text is not a position. */
export function parsePosition(position: string): { commit: bigint; prepare: bigint } {
  const match = /^(\d{1,20})\/(\d{1,20})$/.exec(position);
  const [commit, prepare] = match ? [BigInt(match[1]!), BigInt(match[2]!)] : [greatest + 1n, 0n];
  if (commit > greatest || prepare > greatest) throw new RangeError(`not a log position: ${JSON.stringify(position)}`);
  return { commit, prepare };
}

/** Negative, zero or positive, as `Array.prototype.sort` wants it. */
export function comparePositions(left: string, right: string): number {
  const a = parsePosition(left);
  const b = parsePosition(right);
  if (a.commit !== b.commit) return a.commit < b.commit ? -1 : 1;
  if (a.prepare !== b.prepare) return a.prepare < b.prepare ? -1 : 1;
  return 0;
}
