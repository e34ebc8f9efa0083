import { describe, expect, it } from 'vitest';
import { openNotifier } from '../src/index.ts';
import { freshDatabase } from './database.ts';

describe('a notifier', () => {
  it('closes also while its connection is being opened', async () => {
    const fresh = await freshDatabase();
    const notifier = openNotifier({ db: fresh.open(), channel: 'closing' });
    const waiting = notifier.after(0, { timeoutMs: 60_000 });
    await notifier.close();
    await expect(waiting).resolves.toBeUndefined();
    await fresh.drop();
  });
});
