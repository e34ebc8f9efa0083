import type { DecisionInput } from '@retort/contracts';

const tools = ['get_balance', 'transfer', 'explain_fee', 'book_advice', 'block_card', 'list_payments'].map((name) => ({
  name,
  description: `What the agent may do: ${name}`,
  parameters: {
    type: 'object',
    properties: { account: { type: 'string' }, amount: { type: 'number' }, currency: { enum: ['EUR', 'USD'] } },
    required: ['account'],
  },
}));

/** What an agent of a bank decides: about 1 KB, and as much again for the tools it had, which it hands over each time. */
export const bankDecision = (number: number): DecisionInput => ({
  agent_id: `agent-${number % 15}`,
  context: {
    query: `Please move ${number} euros from my current account to the savings of my daughter before the month ends.`,
    history: [
      { role: 'user', content: 'Good morning, I would like to see what is left on my current account.' },
      { role: 'assistant', content: 'There are 1,204.55 EUR on the account that ends with 0042. Anything else?' },
      { role: 'user', content: 'Yes. I promised my daughter some money for her driving licence.' },
    ],
    customer: { segment: 'private', since: 2014, language: 'en', region: 'AT-9' },
    channel: 'mobile',
  },
  tools_available: tools,
  tool_selected: 'transfer',
  tool_parameters: { account: 'AT611904300234573201', amount: number, currency: 'EUR' },
  reasoning: 'The customer names an amount, a source and a target that is known from earlier payments.',
  outcome: { success: true, execution_time_ms: 182 },
  teacher_model: 'teacher-large-2026',
  teacher_confidence: 0.93,
});
