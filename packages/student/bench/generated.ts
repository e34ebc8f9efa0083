import type { ToolDefinition } from '@retort/contracts';
import { seededRandom, type Random } from '@retort/kernel';
import type { LabelledDecision } from '../src/index.ts';

const VERBS: readonly (readonly string[])[] = [
  ['open', 'create', 'set up', 'start'],
  ['close', 'shut', 'end', 'finish'],
  ['find', 'look up', 'search for', 'show me'],
  ['change', 'update', 'correct', 'edit'],
  ['send', 'forward', 'mail', 'pass on'],
  ['block', 'freeze', 'stop', 'suspend'],
  ['approve', 'accept', 'confirm', 'sign off'],
  ['export', 'download', 'print', 'save'],
];
const OBJECTS: readonly (readonly string[])[] = [
  ['account', 'bank account'],
  ['card', 'credit card'],
  ['loan', 'credit'],
  ['order', 'purchase'],
  ['invoice', 'bill'],
  ['ticket', 'case', 'issue'],
  ['contract', 'agreement'],
  ['payment', 'transfer'],
  ['report', 'summary'],
  ['customer', 'client'],
  ['policy', 'insurance'],
  ['claim', 'damage report'],
  ['mandate', 'standing order'],
  ['portfolio', 'securities account'],
  ['mortgage', 'home loan'],
  ['statement', 'bank statement'],
  ['address', 'place of residence'],
  ['appointment', 'meeting'],
  ['budget', 'spending plan'],
];
const OPENINGS = ['please', 'could you', 'i need you to', 'can we', 'hi,', 'quickly', 'now', 'as discussed,', ''];
const CLOSINGS = ['today', 'thanks', 'as soon as you can', 'before noon', 'if that works', 'for me', ''];
const CHANNELS = ['branch', 'phone', 'web', 'app'];

/** Decisions of an invented office: what is asked for in words, an id and an amount in the text, a customer and a channel
 *  in the context. The same options give the same decisions. At most 152 tools. */
export function generateDecisions(options: { rows: number; tools: number; seed: number }): LabelledDecision[] {
  const random = seededRandom(options.seed);
  const tools = Array.from({ length: Math.min(options.tools, VERBS.length * OBJECTS.length) }, (_, index) =>
    toolOf(index),
  );
  return Array.from({ length: options.rows }, (_, index) => decide(index, { tools, random }));
}

function toolOf(index: number): ToolDefinition {
  const verb = VERBS[index % VERBS.length]![0]!.replace(' ', '_');
  const object = OBJECTS[Math.floor(index / VERBS.length)]![0]!;
  return {
    name: `${verb}_${object}`,
    description: `To ${verb.replace('_', ' ')} a ${object}`,
    parameters: {
      type: 'object',
      required: ['reference', 'customer_id'],
      properties: {
        reference: { type: 'string' },
        customer_id: { type: 'string' },
        amount: { type: 'number' },
        channel: { type: 'string', enum: CHANNELS },
      },
      additionalProperties: false,
    },
  };
}

function decide(index: number, { tools, random }: { tools: ToolDefinition[]; random: Random }): LabelledDecision {
  const chosen = random.integer(tools.length);
  const reference = `${random.pick(['AC', 'CR', 'LN', 'OR'])}-${10_000 + random.integer(90_000)}`;
  const amount = 10 * (1 + random.integer(500));
  const named = random.next() < 0.5;
  const customer = `CU-${1000 + random.integer(9000)}`;
  const channel = random.pick(CHANNELS);
  const words = [
    random.pick(OPENINGS),
    random.pick(VERBS[chosen % VERBS.length]!),
    random.pick(['the', 'my', 'this', 'that']),
    random.pick(OBJECTS[Math.floor(chosen / VERBS.length)]!),
    reference,
    named ? `over ${amount} euros` : '',
    random.pick(CLOSINGS),
  ];
  return {
    id: `generated-${index}`,
    group: `session-${Math.floor(index / 3)}`,
    context: {
      query: words.filter((word) => word !== '').join(' '),
      channel,
      customer: { id: customer, segment: random.pick(['retail', 'premium', 'business']) },
    },
    tools,
    call: {
      tool: tools[chosen]!.name,
      parameters: { reference, customer_id: customer, channel, ...(named && { amount }) },
    },
  };
}
