/** @public */
export { backOffMs } from './back-off.ts';
export type { CaptureError } from './capture-error.ts';
/** @public */
export { contextOf, messagesOf, type ChatMessage, type ChatRequest } from '@retort/conversation';
export { recordOpenAI, type OpenAIClient, type RecordOpenAIOptions } from './openai/record-openai.ts';
export { createRecorder, type Drop, type Recorder, type RecorderOptions, type RecorderStats } from './recorder.ts';
export type { Redact } from './redact.ts';
