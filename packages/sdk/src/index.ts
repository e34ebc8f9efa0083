export { backOffMs } from './back-off.ts';
export type { CaptureError } from './capture-error.ts';
export { messagesToContext } from './openai/context.ts';
export { recordOpenAI, type OpenAIClient, type RecordOpenAIOptions } from './openai/record-openai.ts';
export type { ChatMessage, ChatRequest } from './openai/wire.ts';
export { createRecorder, type Drop, type Recorder, type RecorderOptions, type RecorderStats } from './recorder.ts';
export type { Redact } from './redact.ts';
