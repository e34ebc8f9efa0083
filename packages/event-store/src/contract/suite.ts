import { afterAll, beforeAll, describe, it } from 'vitest';
import { appendContract } from './append.ts';
import { readContract } from './read.ts';
import type { ContractContext, EventStoreUnderTest, Limits } from './subject.ts';
import { onceContract } from './once.ts';
import { subscribeContract } from './subscribe.ts';

export * from './events.ts';
export type * from './subject.ts';

/** What every event store guarantees. An adapter earns its place by passing it.
 *  @param limits what it cannot give, each with the reason */
export function eventStoreContract(name: string, start: () => Promise<EventStoreUnderTest>, limits: Limits = {}): void {
  describe(`event store: ${name}`, () => {
    let started: EventStoreUnderTest;
    beforeAll(async () => {
      started = await start();
    });
    afterAll(() => started.stop());
    const context: ContractContext = {
      subject: () => started,
      unless: (limit, guarantee, test) => {
        const reason = limits[limit];
        if (reason === undefined) it(guarantee, test);
        else it.skip(`${guarantee} [skipped with ${name}: ${reason}]`, test);
      },
    };
    appendContract(context);
    onceContract(context);
    readContract(context);
    subscribeContract(context);
  });
}
