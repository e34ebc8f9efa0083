import type { ArtifactStore } from '@retort/artifact-store';
import { isFault } from '@retort/kernel';

/** Those of the artifacts that are not there, or not what their digests say. */
export async function artifactFaults(
  digests: Iterable<string>,
  artifacts: ArtifactStore,
  signal: AbortSignal,
): Promise<{ digest: string; kind: 'missing' | 'altered' }[]> {
  const faults: { digest: string; kind: 'missing' | 'altered' }[] = [];
  for (const digest of digests) {
    signal.throwIfAborted();
    try {
      await artifacts.get(digest);
    } catch (error) {
      if (!isFault(error)) throw error;
      faults.push({ digest, kind: error.code === 'artifact.missing' ? 'missing' : 'altered' });
    }
  }
  return faults;
}
