/** What an agent of a bank reports: about 1 KB of JSON, its id in a fixed place so that a sender only writes digits. */
export const tools = ['get_balance', 'transfer', 'explain_fee', 'book_advice', 'block_card', 'list_payments'].map(
  (name) => ({
    name,
    description: `What the agent may do: ${name}`,
    parameters: {
      type: 'object',
      properties: { account: { type: 'string' }, amount: { type: 'number' }, currency: { enum: ['EUR', 'USD'] } },
      required: ['account'],
      additionalProperties: false,
    },
  }),
);

const idDigits = 16;
const idPlace = '0'.repeat(idDigits);

/** `write(target, number)` puts the event's number where its id is. */
export interface EventTemplate {
  bytes: Buffer;
  idAt: number;
}

/** One of fifteen agents' templates, at the given toolset. */
export function eventTemplate(toolset: string, agent: number): EventTemplate {
  const text = JSON.stringify({
    id: `b-${idPlace}`,
    agent_id: `agent-${agent}`,
    context: {
      query: 'Please move 250 euros from my current account to the savings of my daughter before the end of the month.',
      history: [
        { role: 'user', content: 'Good morning, I would like to see what is left on my current account.' },
        { role: 'assistant', content: 'There are 1,204.55 EUR on the account that ends with 0042. Anything else?' },
        { role: 'user', content: 'Yes. I promised my daughter some money for her driving licence.' },
      ],
      customer: { segment: 'private', since: 2014, language: 'en', region: 'AT-9' },
      channel: 'mobile',
    },
    toolset,
    tool_selected: 'transfer',
    tool_parameters: { account: 'AT611904300234573201', amount: 250, currency: 'EUR' },
    reasoning: 'The customer names an amount, a source and a target that is known from earlier payments.',
    outcome: { success: true, execution_time_ms: 182 },
    teacher_model: 'teacher-large-2026',
    teacher_confidence: 0.93,
    timestamp: '2026-01-01T00:00:00.000Z',
  });
  const bytes = Buffer.from(text);
  return { bytes, idAt: bytes.indexOf(idPlace) };
}

export function writeNumber(target: Buffer, at: number, number: number): void {
  target.write(String(number).padStart(idDigits, '0'), at, 'latin1');
}
export const idOf = (number: number) => `b-${String(number).padStart(idDigits, '0')}`;
