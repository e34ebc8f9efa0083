import type { ArtifactStore } from '@retort/artifact-store';
import type { StudentOutcome } from '../domain/trained-model.ts';

/** The outcome but for the student, which is an artifact of its own. */
type OutcomeFile = Omit<StudentOutcome, 'artifact'> & { artifact: string };

/** @returns the digest under which the outcome is found */
export async function storeOutcome(artifacts: ArtifactStore, outcome: StudentOutcome): Promise<string> {
  const { digest: artifact } = await artifacts.put(outcome.artifact);
  const file: OutcomeFile = { ...outcome, artifact };
  return (await artifacts.put(Buffer.from(JSON.stringify(file)))).digest;
}

export async function readOutcome(artifacts: ArtifactStore, digest: string): Promise<StudentOutcome> {
  const file = JSON.parse(Buffer.from(await artifacts.get(digest)).toString()) as OutcomeFile;
  return { ...file, artifact: await artifacts.get(file.artifact) };
}
