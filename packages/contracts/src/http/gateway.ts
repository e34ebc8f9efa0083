import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { decisionAccepted, outcomeInput } from './decisions.ts';

/** The drop-in for OpenAI's API. Bodies are OpenAI's own; what Retort does not read is handed on as it came. */
const dropIn = { owner: 'gateway', scope: 'predictions:read', authorization: 'upstream' } as const;
const asOpenAI = z.record(z.string(), z.unknown());
const refused = [
  'gateway.no-upstream',
  'gateway.teacher-unavailable',
  'gateway.teacher-timeout',
  'gateway.overloaded',
  'gateway.budget-spent',
  'gateway.invalid-header',
  'prompts.unknown-label',
] as const;

const description = [
  'A tool turn is answered by the student where its guarantee holds; everything else is handed to the upstream, byte for byte.',
  'The key of Retort is sent as `x-retort-key` or `x-api-key`; `Authorization` is for the upstream, unless it carries a key of Retort.',
  '`x-retort-mode` says who may answer: `student-first`, `teacher-only` or `shadow`. `x-retort-agent` names the agent,',
  '`x-retort-session` the session, `x-retort-prompt` (`name@label`) a prompt that the teacher is told besides. The answer carries `x-retort-served-by`, `x-retort-reason` and `x-retort-decision-id`.',
].join('\n');

export const createChatCompletion = endpoint({
  ...dropIn,
  id: 'createChatCompletion',
  method: 'POST',
  path: '/v1/chat/completions',
  summary: 'A chat completion, as OpenAI’s API gives it',
  description,
  body: { raw: { 'application/json': asOpenAI } },
  response: { 200: { json: asOpenAI, bytes: ['text/event-stream'] } },
  errors: refused,
});

export const createResponse = endpoint({
  ...dropIn,
  id: 'createResponse',
  method: 'POST',
  path: '/v1/responses',
  summary: 'A response, as OpenAI’s API gives it',
  description: `${description}\nA \`previous_response_id\` of a student’s response is replaced by the dialogue before it.`,
  body: { raw: { 'application/json': asOpenAI } },
  response: { 200: { json: asOpenAI, bytes: ['text/event-stream'] } },
  errors: [...refused, 'gateway.response-unknown'],
});

export const listUpstreamModels = endpoint({
  ...dropIn,
  id: 'listUpstreamModels',
  method: 'GET',
  path: '/v1/models',
  summary: 'The models of the upstream, as OpenAI’s API lists them',
  response: { 200: asOpenAI },
  errors: refused,
});

export const reportCallOutcome = endpoint({
  owner: 'gateway',
  id: 'reportCallOutcome',
  method: 'POST',
  path: '/api/v1/calls/{call_id}/outcome',
  scope: 'decisions:write',
  summary: 'Report what became of a call, by the provider’s id of it',
  description:
    'A student’s call is known to every process, a teacher’s to the one that handed it on, for the last 100,000. What a later request tells of a call’s result is reported by itself.',
  params: z.strictObject({ call_id: z.string().max(256).describe('The id of the call.') }),
  body: { raw: { 'application/json': outcomeInput } },
  response: { 201: decisionAccepted, 200: decisionAccepted },
  errors: ['gateway.call-unknown', 'decisions.unknown', 'decisions.malformed-json', 'decisions.invalid-outcome'],
});

export const gatewayEndpoints = [createChatCompletion, createResponse, listUpstreamModels, reportCallOutcome] as const;
