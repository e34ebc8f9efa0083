import type { ToolDefinition } from '@retort/contracts';
import { seededRandom, type JsonObject, type Random } from '@retort/kernel';
import type { LabelledDecision } from '../src/index.ts';

const withId = (name: string, description: string, id: string): ToolDefinition => ({
  name,
  description,
  parameters: { type: 'object', properties: { [id]: { type: 'string' } }, required: [id], additionalProperties: false },
});

const tools: ToolDefinition[] = [
  withId('get_order', 'Looks an order up', 'order_id'),
  withId('track_parcel', 'Where a parcel is now', 'parcel_id'),
  withId('refund_order', 'Pays an order back', 'order_id'),
  withId('get_invoice', 'Fetches the invoice of an order', 'order_id'),
];

interface Intent {
  phrases: readonly string[];
  first: string;
  /** What the teacher calls once it has the result; words where it calls nothing. */
  then?: string;
}

const intents: readonly Intent[] = [
  { phrases: ['what is the state of order', 'can you look up order', 'check on order'], first: 'get_order' },
  {
    phrases: ['i want my money back for', 'please refund order', 'return of'],
    first: 'get_order',
    then: 'refund_order',
  },
  { phrases: ['where is the parcel of', 'when does this arrive:', 'tracking of'], first: 'track_parcel' },
  { phrases: ['send me the invoice for', 'i need a bill for', 'receipt of order'], first: 'get_invoice' },
];
const politeness = ['please', 'hello,', 'hi there', 'quick one:', 'good morning', 'sorry,', 'again', 'thanks'];

/** Conversations of agents that ask, get a tool's result, and then answer in words or call something else: each state of one
 *  is a decision, all of one session. */
export function conversations(count: number, seed: string): LabelledDecision[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => conversation(`${seed}-${index}`, random)).flat();
}

function conversation(group: string, random: Random): LabelledDecision[] {
  const { phrases, first, then } = random.pick(intents);
  const id = `A-${10_000 + random.integer(80_000)}`;
  const query = `${random.pick(politeness)} ${random.pick(phrases)} ${id} ${random.pick(politeness)}`;
  const called = [first, ...(then === undefined ? [] : [then])];
  return [...called, null].map((tool, step) => {
    const steps = called.slice(0, step).flatMap((name) => [callTurn(name, id), resultTurn(random)]);
    return {
      id: `${group}-${step}`,
      group,
      agent: 'shop',
      context: { query, ...(steps.length > 0 && { steps }) },
      tools,
      call: { tool, parameters: tool === null ? {} : argumentsOf(tool, id) },
    };
  });
}

function argumentsOf(tool: string, id: string): JsonObject {
  return { [tool === 'track_parcel' ? 'parcel_id' : 'order_id']: id };
}

function callTurn(name: string, id: string): JsonObject {
  return { role: 'assistant', content: '', tool_calls: [{ name, arguments: JSON.stringify(argumentsOf(name, id)) }] };
}

/** Results say something new each time, in no words of their own kind, and often next to nothing. */
function resultTurn(random: Random): JsonObject {
  const content = Array.from({ length: random.integer(3) }, () => random.integer(1e9).toString(36)).join(' ');
  return { role: 'tool', content };
}
