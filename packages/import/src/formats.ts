import type { Format } from './exchange.ts';
import { csv } from './formats/csv.ts';
import { langfuse } from './formats/langfuse.ts';
import { langsmith } from './formats/langsmith.ts';
import { openaiChatJsonl, openaiFinetuningJsonl, openaiStoredCompletions } from './formats/openai-chat.ts';
import { otelGenai } from './formats/otel-genai.ts';

export const formats: readonly Format[] = [
  openaiChatJsonl,
  openaiStoredCompletions,
  openaiFinetuningJsonl,
  langfuse,
  langsmith,
  otelGenai,
  csv,
];
