import { permanent, type ErrorEntry } from './entry.ts';

/** Areas whose lists are read page by page: the first part of the codes of their cursors. */
export const listAreas = [
  'agents',
  'audit',
  'catalog',
  'curation',
  'decisions',
  'erasures',
  'evaluation',
  'projections',
  'prompts',
  'rebuilds',
  'tenants',
  'training',
] as const;
export type ListArea = (typeof listAreas)[number];

/** Areas that have runs. */
export const runAreas = ['agents', 'curation', 'evaluation', 'projections', 'prompts', 'rebuilds', 'training'] as const;
export type RunArea = (typeof runAreas)[number];

const invalid = permanent(400, 'Malformed cursor', 'Use `next_cursor` of the previous page, unchanged.');
const mismatch = permanent(
  400,
  'Cursor of another query',
  'Keep the query of the first page, or begin without cursor.',
);
const noSuchRun = permanent(404, 'No such run', 'List the runs: the id belongs to another tenant or to none.');

export const listErrors = Object.fromEntries(
  listAreas.flatMap((area) => [
    [`${area}.cursor-invalid`, invalid],
    [`${area}.cursor-mismatch`, mismatch],
  ]),
) as Record<`${ListArea}.cursor-${'invalid' | 'mismatch'}`, ErrorEntry>;

export const runErrors = Object.fromEntries(runAreas.map((area) => [`${area}.no-such-run`, noSuchRun])) as Record<
  `${RunArea}.no-such-run`,
  ErrorEntry
>;
