import { kafkaEventBus } from '../src/index.ts';

/** A member of a group that takes a message, tells its parent, and never finishes. */
const [brokers, group, topic] = process.argv.slice(2);
const bus = await kafkaEventBus({ brokers: brokers!.split(','), clientId: 'crashed-member', sessionTimeoutMs: 6_000 });
await bus.consume({
  group: group!,
  topics: [topic!],
  handle: () => {
    process.send?.('taken');
    return new Promise(() => undefined);
  },
});
process.send?.('joined');
