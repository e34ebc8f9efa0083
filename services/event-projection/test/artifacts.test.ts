import { utimes } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { collectArtifacts } from '@retort/contracts';
import type { Digest } from '@retort/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, startProjection, type StartedProjection } from './host.ts';

let host: StartedProjection;
beforeAll(async () => {
  host = await startProjection();
});
afterAll(() => host.close());

/** An artifact that was put long ago. */
async function oldArtifact(content: string): Promise<Digest> {
  const { artifacts, config } = host.infrastructure;
  const { digest } = await artifacts.put(Buffer.from(content));
  const hex = digest.slice('sha256:'.length);
  await utimes(join(resolve(config.dataFolder), 'artifacts', 'sha256', hex.slice(0, 2), hex), new Date(0), new Date(0));
  return digest;
}
const has = (...digests: Digest[]) => Promise.all(digests.map((digest) => host.infrastructure.artifacts.has(digest)));
const collect = async () => (await host.call(collectArtifacts)).body;
const ofModel = { aggregateType: 'model' };

describe('a collection of artifacts', () => {
  it('keeps what an event names, also below other members, and what was put within the grace period', async () => {
    const model = await oldArtifact('a model');
    const rejections = await oldArtifact('rejections');
    const forgotten = await oldArtifact('of a run that failed');
    const { digest: young } = await host.infrastructure.artifacts.put(Buffer.from('of a run under way'));
    await host.record(
      event('MODEL_TRAINED', 'tool-calling', { artifact: model }, ofModel),
      event('RUN_ENDED', 'run-1', { result: { rejections } }, { aggregateType: 'run' }),
    );
    expect(await collect()).toMatchObject({ examined: 4, removed: 1, bytes: 'of a run that failed'.length });
    expect(await has(model, rejections, young, forgotten)).toEqual([true, true, true, false]);
  });

  it('goes on from what it knows: an event that came since is heeded', async () => {
    const later = await oldArtifact('named later');
    await host.record(event('MODEL_DEPLOYED', 'tool-calling', { artifact: later }, ofModel));
    expect(await collect()).toMatchObject({ removed: 0 });
    expect(await has(later)).toEqual([true]);
  });

  it('takes what a deleted tenant alone refers to', async () => {
    const own = await oldArtifact('of globex alone');
    const shared = await oldArtifact('of both');
    const globex = { ...ofModel, tenant: 'globex' };
    await host.record(
      event('MODEL_TRAINED', 'theirs', { artifact: own }, globex),
      event('MODEL_TRAINED', 'theirs-too', { artifact: shared }, globex),
      event('MODEL_TRAINED', 'ours', { artifact: shared }, ofModel),
    );
    expect(await collect()).toMatchObject({ removed: 0 });
    await host.record(event('TENANT_DELETED', 'globex', { tenant: 'globex' }, { ...globex, aggregateType: 'tenant' }));
    expect(await collect()).toMatchObject({ removed: 1 });
    expect(await has(own, shared)).toEqual([false, true]);
  });
});
