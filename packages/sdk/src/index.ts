/** @public */
export { backOffMs } from './back-off.ts';
export type { CaptureError, RefusedItem } from './capture-error.ts';
export type { CaptureOptions } from './capture.ts';
export type { DecisionInput, OutcomeInput, PredictionInput, PredictionView } from './generated/api.ts';
/** @public */
export { contextOf, messagesOf, type Answer, type ChatMessage, type ChatRequest } from '@retort/conversation';
/** @public */
export { openCalls, type CallOutcome, type OpenCalls } from './open-calls.ts';
export { recordOpenAI, type OpenAIClient, type RecordOpenAIOptions } from './openai/record-openai.ts';
export {
  createPredictor,
  type ChatPrediction,
  type PredictionError,
  type Predictor,
  type PredictorOptions,
} from './predictor.ts';
export { createRecorder, type Drop, type Recorder, type RecorderOptions, type RecorderStats } from './recorder.ts';
/** @public */
export { recordingFetch, type FetchFunction } from './recording-fetch.ts';
export type { Redact } from './redact.ts';
