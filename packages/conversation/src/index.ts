export { emptyAnswer, type Answer, type AnsweredCall } from './answer.ts';
export { chat } from './chat.ts';
export { contextOf, messagesOf } from './context.ts';
export { objectOf } from './embedded-facts.ts';
export { decisionOf, type Asked, type NoDecision } from './decision.ts';
export type { Protocol } from './protocol.ts';
export { responses } from './responses.ts';
export { offeredTools } from './tools.ts';
export type { ChatMessage, ChatRequest, ChatTool, ChatToolCall, ToolChoice } from './wire.ts';
