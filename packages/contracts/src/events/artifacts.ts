/** The members of an event's data that name an artifact by digest. */
const members: Readonly<Record<string, readonly string[]>> = {
  TRAINING_DATA_CURATED: ['manifest', 'rejections'],
  MODEL_TRAINED: ['artifact'],
  MODEL_DEPLOYED: ['artifact'],
  MODEL_EVALUATED: ['samples'],
};

/** The types of events that name artifacts. */
export const typesNamingArtifacts: readonly string[] = Object.keys(members);

/** The digests of the artifacts that an event names, whatever the version of its schema. */
export function artifactsNamedBy(type: string, data: Readonly<Record<string, unknown>>): string[] {
  return (members[type] ?? []).map((member) => data[member]).filter((digest) => typeof digest === 'string');
}
