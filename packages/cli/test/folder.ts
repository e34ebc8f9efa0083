import { temporaryFolder } from '@retort/testing';
import { afterEach } from 'vitest';

const removals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const remove of removals.splice(0)) await remove();
});

/** A folder that is gone after the test. */
export async function folder(): Promise<string> {
  const { path, remove } = await temporaryFolder('cli');
  removals.push(remove);
  return path;
}
