import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { BusMessage, ConsumeOptions, Consumption, EventBus, ReceivedMessage } from '../port.ts';

export function newMessage(topic: string, members: Partial<BusMessage> = {}): BusMessage {
  return {
    topic,
    key: 'agent-acme.loan',
    attributes: {
      id: randomUUID(),
      source: '/retort/contract',
      type: 'THING_HAPPENED',
      time: '2026-01-02T03:04:05.678Z',
      subject: 'loan',
      tenant: 'acme',
      correlationid: 'correlation',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      schemaversion: '1',
      logposition: '1/0',
    },
    data: '{"a":1}',
    ...members,
  };
}

export const idsOf = (messages: readonly BusMessage[]) => messages.map((message) => message.attributes.id);
export const freshGroup = () => `group-${randomUUID()}`;

export interface Receiver extends Consumption {
  /** What was handled without an error, in order. */
  messages: ReceivedMessage[];
  errors: unknown[];
}

/** Consumes into a list. `handle` may throw: such a delivery is not in the list. */
export async function receive(
  bus: EventBus,
  options: Omit<ConsumeOptions, 'handle'> & { handle?: (message: ReceivedMessage) => Promise<void> },
): Promise<Receiver> {
  const messages: ReceivedMessage[] = [];
  const errors: unknown[] = [];
  const consumption = await bus.consume({
    onError: (error) => errors.push(error),
    ...options,
    handle: async (message) => {
      await options.handle?.(message);
      messages.push(message);
    },
  });
  return { ...consumption, messages, errors };
}

/** Waits for a condition that the bus brings about in its own time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not happen within ${withinMs} ms: ${what}`);
    await delay(10);
  }
}
