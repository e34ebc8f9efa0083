import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { batchResult, decisionAccepted, decisionInput, outcomeInput } from './decisions.ts';
import { toolsetInput, toolsetView } from './toolsets.ts';

const write = { owner: 'decision-ingestion', method: 'POST', scope: 'decisions:write' } as const;
const once = 'A request with an `Idempotency-Key` is done once: repeated with the key, it gives the same answer.';
const refused = [
  'decisions.malformed-json',
  'decisions.invalid',
  'decisions.unstorable',
  'decisions.tool-not-offered',
  'decisions.parameters-invalid',
  'decisions.toolset-unknown',
  'decisions.id-conflict',
  'toolsets.invalid',
  'toolsets.invalid-schema',
] as const;
const keyed = [
  'decisions.invalid-idempotency-key',
  'decisions.idempotency-key-reused',
  'decisions.idempotency-key-in-flight',
] as const;
const unavailable = ['decisions.overloaded', 'decisions.store-unavailable'] as const;
const batch = ['decisions.batch-empty', 'decisions.batch-too-large'] as const;

export const recordDecision = endpoint({
  ...write,
  id: 'recordDecision',
  path: '/api/v1/decisions',
  summary: 'Record a decision; it is durable when the answer comes',
  description: once,
  body: { raw: { 'application/json': decisionInput } },
  response: { 201: decisionAccepted, 200: decisionAccepted },
  errors: [...refused, ...keyed, ...unavailable],
});

export const recordDecisions = endpoint({
  ...write,
  id: 'recordDecisions',
  path: '/api/v1/decisions:batch',
  summary: 'Record many decisions: a JSON array, or one a line as application/x-ndjson',
  description: once,
  body: { raw: { 'application/json': z.array(decisionInput), 'application/x-ndjson': decisionInput } },
  response: { 202: batchResult, 207: batchResult },
  errors: ['decisions.malformed-json', ...batch, ...keyed, ...unavailable],
});

export const reportOutcome = endpoint({
  ...write,
  id: 'reportOutcome',
  path: '/api/v1/decisions/{id}/outcome',
  summary: 'Report what became of a decision',
  description: once,
  params: z.strictObject({ id: z.string().describe('The id of the decision.') }),
  body: { raw: { 'application/json': outcomeInput } },
  response: { 201: decisionAccepted, 200: decisionAccepted },
  errors: ['decisions.malformed-json', 'decisions.invalid-outcome', 'decisions.unknown', ...keyed, ...unavailable],
});

/** A CloudEvent whose data is a decision. */
export const decisionCloudEvent = z.looseObject({
  specversion: z.literal('1.0').describe('The version of CloudEvents.'),
  id: z.string().describe('Names the event.'),
  source: z.string().describe('Where it comes from.'),
  type: z.string().describe('What happened.'),
  data: decisionInput.describe('The decision.'),
});

export const recordEvents = endpoint({
  ...write,
  id: 'recordEvents',
  path: '/api/v1/events',
  summary: 'Record decisions as CloudEvents 1.0 (binary, structured or batched mode)',
  description: `In binary mode the body is the decision and the attributes are \`ce-\` headers. ${once}`,
  body: {
    raw: {
      'application/cloudevents+json': decisionCloudEvent,
      'application/cloudevents-batch+json': z.array(decisionCloudEvent),
      'application/json': decisionInput,
    },
  },
  response: { 201: decisionAccepted, 200: decisionAccepted, 202: batchResult, 207: batchResult },
  errors: ['events.invalid', ...refused, 'decisions.batch-too-large', ...keyed, ...unavailable],
});

export const registerToolset = endpoint({
  ...write,
  id: 'registerToolset',
  path: '/api/v1/toolsets',
  summary: 'Register the tools that decisions choose among, and a name for them',
  body: { raw: { 'application/json': toolsetInput } },
  response: { 201: toolsetView, 200: toolsetView },
  errors: ['decisions.malformed-json', 'toolsets.invalid', 'toolsets.invalid-schema', 'toolsets.name-taken'],
});

export const getNamedToolset = endpoint({
  id: 'getNamedToolset',
  owner: 'decision-ingestion',
  method: 'GET',
  path: '/api/v1/toolset-names/{name}',
  scope: 'decisions:read',
  summary: 'The tools that are registered under a name',
  params: z.strictObject({ name: z.string().max(128).describe('The name.') }),
  response: { 200: toolsetView },
  errors: ['toolsets.unknown'],
});

export const ingestionEndpoints = [
  recordDecision,
  recordDecisions,
  reportOutcome,
  recordEvents,
  registerToolset,
  getNamedToolset,
] as const;
