import { describe, expect, it } from 'vitest';
import { wakeUps } from '../src/index.ts';
import { freshDatabase } from './database.ts';

describe('wake-ups', () => {
  it('close also while they are only connecting', async () => {
    const fresh = await freshDatabase();
    const hints = wakeUps({ db: fresh.open(), channel: 'closing' });
    const waiting = hints.after(0, { timeoutMs: 60_000 });
    await hints.close();
    await expect(waiting).resolves.toBeUndefined();
    await fresh.drop();
  });
});
