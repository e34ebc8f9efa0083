import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { jsonObject } from '../json.ts';

/** ExportTraceServiceRequest of OTLP, as JSON. */
const traces = z.looseObject({
  resourceSpans: z
    .array(jsonObject)
    .describe('The spans, by what they come from.')
    .meta({ examples: [[]] }),
});
/** ExportTraceServiceResponse. */
const exported = z.object({
  partialSuccess: z
    .object({
      rejectedSpans: z.int().describe('Spans that were refused.'),
      errorMessage: z.string().describe('Why, in words; with no span refused, a warning.'),
    })
    .optional()
    .describe('Absent where every span was taken.'),
});

export const recordTraces = endpoint({
  id: 'recordTraces',
  owner: 'decision-ingestion',
  method: 'POST',
  path: '/v1/traces',
  scope: 'decisions:write',
  summary: 'Record the model calls of OpenTelemetry traces (OTLP over HTTP, JSON) as decisions',
  description: [
    'Spans of the GenAI conventions that carry their messages and the tools that were offered become decisions; spans of other',
    'kinds are taken and not kept. A span that is sent again adds nothing. Protobuf is not taken: set the exporter to `http/json`.',
  ].join('\n'),
  body: { raw: { 'application/json': traces } },
  response: { 200: exported },
  errors: [
    'decisions.malformed-json',
    'decisions.invalid',
    'decisions.batch-too-large',
    'decisions.overloaded',
    'decisions.store-unavailable',
  ],
});
