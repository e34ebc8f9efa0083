/** The services that answer, by the names they are deployed under; `access` is answered by whatever hosts them. */
export const owners = [
  'access',
  'curation',
  'data-catalog',
  'decision-ingestion',
  'evaluation',
  'event-projection',
  'gateway',
  'inference',
  'prompt-optimization',
  'training-orchestration',
] as const;
export type Owner = (typeof owners)[number];
