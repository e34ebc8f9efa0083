import { advanceCheckpoint, readCheckpoint, type Database } from '@retort/postgres';
import type { Checkpoint } from '../app/checkpoint.ts';

export function postgresCheckpoint(database: Database, name: string): Checkpoint {
  return {
    read: () => readCheckpoint(database, name),
    advance: (from, to) => advanceCheckpoint(database, { name, from, to }),
  };
}
