import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliveryContract } from './delivery.ts';
import { groupContract } from './groups.ts';
import type { ContractContext, EventBusUnderTest, Limits } from './subject.ts';

export * from './messages.ts';
export type * from './subject.ts';

/** What every event bus guarantees. An adapter earns its place by passing it.
 *  @param limits what it cannot give, each with the reason */
export function eventBusContract(name: string, start: () => Promise<EventBusUnderTest>, limits: Limits = {}): void {
  describe(`event bus: ${name}`, () => {
    let started: EventBusUnderTest;
    // A broker may have to be fetched and started first.
    beforeAll(async () => {
      started = await start();
    }, 300_000);
    afterAll(() => started.stop());
    const context: ContractContext = {
      subject: () => started,
      unless: (limit, guarantee, test) => {
        const reason = limits[limit];
        if (reason === undefined) it(guarantee, test);
        else it.skip(`${guarantee} [skipped with ${name}: ${reason}]`, test);
      },
    };
    it('answers a ping', async () => {
      await expect(started.bus.ping()).resolves.toBeUndefined();
    });
    it('is the same log for everyone who connects to it', async () => {
      const other = await started.another();
      expect(other.log).toBe(started.bus.log);
      await other.close();
      expect(started.bus.log).toMatch(new RegExp(`^${started.bus.name}( \\S+)?$`));
    });
    deliveryContract(context);
    groupContract(context);
  });
}
