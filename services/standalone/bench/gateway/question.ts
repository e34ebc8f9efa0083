import type { ToolDefinition } from '@retort/contracts';
import { contextOf, type ChatMessage } from '@retort/conversation';

export const words = ['card', 'balance', 'money'];
export const word = 'balance';

/** Tools of a bank, each chosen by a word of the request. */
export const offered: ToolDefinition[] = ['block_card', 'get_balance', 'send_money'].map((name) => ({
  name,
  description: name.replace('_', ' '),
  parameters: { type: 'object', properties: {} },
}));

export const messages = (about: string, customer: number): ChatMessage[] => [
  { role: 'system', content: 'You are the assistant of a bank. Call a tool.' },
  { role: 'user', content: `please, the ${about} of customer ${customer}` },
];
export const contextOfQuestion = (about: string, customer: number) => contextOf(messages(about, customer));
