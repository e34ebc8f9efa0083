import type { ArtifactStore } from '@retort/artifact-store';
import type { PairedComparison } from '@retort/contracts';
import type { HeldOutTurn } from '@retort/student';
import { compared, pairTurns } from '../domain/comparison.ts';
import type { ModelState } from '../domain/model-state.ts';

/** Keeps what a student did with the turns that it had not learnt from: NDJSON, in the order of ids. Returns its digest. */
export async function keepHeldOut(artifacts: ArtifactStore, turns: readonly HeldOutTurn[]): Promise<string> {
  return (await artifacts.put(Buffer.from(turns.map((turn) => `${JSON.stringify(turn)}\n`).join('')))).digest;
}

async function heldOut(artifacts: ArtifactStore, digest: string): Promise<HeldOutTurn[]> {
  const lines = new TextDecoder().decode(await artifacts.get(digest)).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as HeldOutTurn);
}

/** A version and the one that serves, on turns that neither has learnt from. null where nothing else serves, where either kept no
 *  such turns, or where they have none in common. */
export async function comparisonWithServing(
  artifacts: ArtifactStore,
  { serving, versions }: ModelState,
  challenger: string,
): Promise<PairedComparison | null> {
  if (serving === null || serving === challenger) return null;
  const [ofServing, ofChallenger] = [serving, challenger].map((version) => versions.get(version)?.trained.held_out);
  if (ofServing === undefined || ofChallenger === undefined) return null;
  return pairTurns(serving, {
    ofServing: compared(await heldOut(artifacts, ofServing)),
    ofChallenger: compared(await heldOut(artifacts, ofChallenger)),
  });
}
