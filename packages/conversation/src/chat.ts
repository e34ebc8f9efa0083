import { addPart } from './answer.ts';
import type { Protocol } from './protocol.ts';
import type { ChatAnswerPart, ChatRequest } from './wire.ts';

/** `chat.completions.create`. */
export const chat: Protocol = {
  requestOf(body) {
    const { model, messages, functions, function_call, ...asked } = body as ChatRequest;
    const tools = asked.tools ?? functions?.map((tool) => ({ function: tool }));
    const choice =
      asked.tool_choice ??
      (typeof function_call === 'object' ? { type: 'function' as const, function: function_call } : function_call);
    return {
      messages: [...messages],
      ...(model === undefined ? {} : { model }),
      ...(tools === undefined ? {} : { tools: [...tools] }),
      ...(choice === undefined ? {} : { tool_choice: choice }),
    };
  },
  addPart: (answer, part) => addPart(answer, part as ChatAnswerPart),
};
