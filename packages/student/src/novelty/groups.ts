import { hash32 } from '@retort/kernel';

/** Rounds of leaving tools out. Each has tools of its own, so that what is fitted on some is tested on others. */
export const ROUNDS = 2;

const SHARE = 0.25;
/** A head of fewer tools has nothing to choose. */
const FEWEST_LEFT = 2;

export interface ToolGroups {
  /** In which round each tool is left out; a tool of no round is learnt in all of them. */
  roundOf: ReadonlyMap<string, number>;
  /** Rounds that leave something out. */
  rounds: number;
  /** The group of any tool, or of anything else by its name: proxies of one group are never both fitted and tested on. */
  groupOf(name: string): number;
}

/** Deals tools to rounds by the hash of their names, a quarter of them to each. */
export function toolGroups(tools: readonly string[], seed: number): ToolGroups {
  const key = (name: string) => hash32(name, seed + 0x3d7);
  const dealt = [...tools].sort((a, b) => key(a) - key(b) || (a < b ? -1 : 1));
  const size = Math.max(1, Math.round(SHARE * dealt.length));
  const rounds = dealt.length - size < FEWEST_LEFT ? 0 : ROUNDS;
  const roundOf = new Map(
    dealt.slice(0, rounds * size).map((name, index) => [name, Math.floor(index / size)] as const),
  );
  return { roundOf, rounds, groupOf: (name) => roundOf.get(name) ?? key(name) % ROUNDS };
}
