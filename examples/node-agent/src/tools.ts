import type OpenAI from 'openai';

export const tools: OpenAI.ChatCompletionFunctionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_loan_balance',
      description: 'Reads what is still owed on a loan.',
      parameters: {
        type: 'object',
        properties: { loan_id: { type: 'string', pattern: '^LN-\\d+$' } },
        required: ['loan_id'],
      },
    },
  },
  {
    type: 'function',
    function: {
      name: 'quote_early_repayment',
      description: 'Quotes what paying a loan off now would cost.',
      parameters: {
        type: 'object',
        properties: { loan_id: { type: 'string' }, product: { enum: ['personal', 'car', 'mortgage'] } },
        required: ['loan_id', 'product'],
      },
    },
  },
];
