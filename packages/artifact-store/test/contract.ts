import { randomBytes } from 'node:crypto';
import { digestOf } from '@retort/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../src/index.ts';

export interface ArtifactStoreUnderTest {
  store: ArtifactStore;
  /** How many artifacts lie there, what is half written or about to be removed with them. */
  stored(): Promise<number>;
  /** As if it had been put in 1970. */
  age(digest: string): Promise<void>;
  /** Takes its last byte. */
  damage(digest: string): Promise<void>;
  stop(): Promise<void>;
}

/** What every store of artifacts guarantees. An adapter earns its place by passing it. */
export function artifactStoreContract(name: string, start: () => Promise<ArtifactStoreUnderTest>): void {
  describe(`artifact store: ${name}`, () => {
    let subject: ArtifactStoreUnderTest;
    let store: ArtifactStore;
    beforeEach(async () => {
      subject = await start();
      ({ store } = subject);
    });
    afterEach(() => subject.stop());

    it('gives back what was put, under the digest of its content', async () => {
      const content = randomBytes(100_000);
      const { digest, bytes } = await store.put(content);
      expect({ digest, bytes }).toEqual({ digest: digestOf(content), bytes: 100_000 });
      expect(content.equals(await store.get(digest))).toBe(true);
      expect(await store.has(digest)).toBe(true);
    });

    it('keeps the same content once, also when it is put many times at once, and leaves nothing partial', async () => {
      const content = randomBytes(50_000);
      await Promise.all(Array.from({ length: 8 }, () => store.put(content)));
      expect(await subject.stored()).toBe(1);
    });

    it('holds an empty artifact', async () => {
      const { digest } = await store.put(new Uint8Array());
      expect((await store.get(digest)).byteLength).toBe(0);
    });

    it('answers a digest that it does not have with a 404', async () => {
      const digest = digestOf('never put');
      await expect(store.get(digest)).rejects.toMatchObject({ code: 'artifact.missing', detail: { status: 404 } });
      expect(await store.has(digest)).toBe(false);
    });

    it('never makes a place of what is not a digest', async () => {
      for (const text of [
        '../secret',
        'sha256:../../secret',
        `sha256:${'A'.repeat(64)}`,
        `sha256:${'a'.repeat(63)}/`,
        '',
      ]) {
        await expect(store.get(text)).rejects.toMatchObject({ code: 'artifact.missing' });
        expect(await store.has(text)).toBe(false);
      }
    });

    it('notices damage on reading, and mends it when the content is put again', async () => {
      const content = randomBytes(1_000);
      const { digest } = await store.put(content);
      await subject.damage(digest);
      await expect(store.get(digest)).rejects.toMatchObject({ code: 'artifact.corrupt', detail: { status: 500 } });
      await store.put(content);
      expect(content.equals(await store.get(digest))).toBe(true);
    });

    it('removes one, and is content when there is none', async () => {
      const { digest } = await store.put(randomBytes(10));
      await store.remove(digest);
      await store.remove(digest);
      expect(await store.has(digest)).toBe(false);
    });

    describe('a collection', () => {
      const yesterday = new Date(Date.now() - 86_400_000);
      const put = async (content: Uint8Array) => (await store.put(content)).digest;
      const collect = (kept: string[] = [], atMost = 1_000) =>
        store.collect({ putBefore: yesterday, keep: (digest) => kept.includes(digest), atMost });

      it('removes what is old and nobody keeps, and nothing else', async () => {
        const [kept, young, forgotten] = [
          await put(randomBytes(10)),
          await put(randomBytes(20)),
          await put(randomBytes(30)),
        ];
        await subject.age(kept);
        await subject.age(forgotten);
        expect(await collect([kept])).toEqual({ examined: 3, removed: 1, bytes: 30 });
        expect([await store.has(kept), await store.has(young), await store.has(forgotten)]).toEqual([
          true,
          true,
          false,
        ]);
      });

      it('finds nothing where nothing was put, and removes no more than it may', async () => {
        expect(await collect()).toEqual({ examined: 0, removed: 0, bytes: 0 });
        for (let index = 0; index < 5; index++) await subject.age(await put(randomBytes(10)));
        expect(await collect([], 2)).toMatchObject({ removed: 2 });
        expect(await collect([], 9)).toMatchObject({ removed: 3 });
      });

      it('leaves an artifact that was put again since', async () => {
        const content = randomBytes(10);
        await subject.age(await put(content));
        await put(content);
        expect(await collect()).toMatchObject({ removed: 0 });
      });

      it('loses no artifact that is put while it collects: whoever has put it can read it', async () => {
        const contents = Array.from({ length: 40 }, () => randomBytes(2_000));
        for (let round = 0; round < 5; round++) {
          const digests = await Promise.all(contents.map(put));
          await Promise.all(digests.map(subject.age));
          const collecting = collect();
          const read = await Promise.all(contents.map(async (content) => store.get(await put(content))));
          await collecting;
          expect(read.map((content, index) => contents[index]!.equals(content))).not.toContain(false);
          expect(await Promise.all(digests.map((digest) => store.has(digest)))).not.toContain(false);
        }
      });
    });
  });
}
