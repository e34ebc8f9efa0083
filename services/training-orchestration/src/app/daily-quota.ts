import { fault } from '@retort/kernel';
import type { RunQueue } from '@retort/service-kit';
import type { TrainingInput, TrainingResult } from './execute-training.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** @throws `quotas.exceeded` (429) when the tenant has started as many runs as it may within 24 hours */
export async function dailyQuota(
  queue: Pick<RunQueue<TrainingInput, TrainingResult>, 'list'>,
  { tenant, quota, now }: { tenant: string; quota: number; now: Date },
): Promise<void> {
  const newest = quota === 0 ? [] : await queue.list({ tenant, limit: quota });
  if (newest.length < quota) return;
  const last = newest.at(-1);
  const freeAt = (last === undefined ? now.getTime() : Date.parse(last.createdAt)) + dayMs;
  if (freeAt <= now.getTime()) return;
  throw fault('quotas.exceeded', {
    retryAfter: (freeAt - now.getTime()) / 1000,
    public: `The tenant may start ${quota} training runs in 24 hours, and has started them.`,
  });
}
