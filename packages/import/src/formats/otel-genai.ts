import { emptyAnswer, type Answer, type ChatMessage } from '@retort/conversation';
import { unusable, type Exchange, type Format, type Unusable } from '../exchange.ts';
import { toolsIn } from '../messages.ts';
import { given, listIn, member, momentIn, numberIn, objectIn, textIn, unwrapped, usageIn } from '../shapes.ts';

type Fields = Record<string, unknown>;

/** Traces in OTLP's JSON encoding whose spans follow OpenTelemetry's semantic conventions for generative AI: messages and
 *  tools stand in attributes of the span or of its event `gen_ai.client.inference.operation.details`, when the application
 *  captures content. */
export const otelGenai: Format = {
  name: 'otel-genai',
  description: 'OTLP traces as JSON, with the GenAI conventions’ attributes (capture of content on)',
  read(record) {
    const trace = objectIn(record);
    const resources = listIn(trace && member(trace, 'resourceSpans', 'resource_spans'));
    if (!trace || !resources) return [unusable('not-this-format')];
    return resources.flatMap((resource) => {
      const about = attributesOf(objectIn(objectIn(resource)?.['resource']));
      const scopes = listIn(member(objectIn(resource) ?? {}, 'scopeSpans', 'scope_spans')) ?? [];
      return scopes.flatMap((scope) =>
        (listIn(objectIn(scope)?.['spans']) ?? []).map((span) => exchangeOf(objectIn(span) ?? {}, about)),
      );
    });
  },
};

const operations = ['chat', 'generate_content', 'text_completion'];
const failed = 2;

function exchangeOf(span: Fields, resource: Fields): Exchange | Unusable {
  const events = (listIn(span['events']) ?? []).map((event) => attributesOf(objectIn(event)));
  const attributes = [...events, attributesOf(span)].reduce((all, own) => ({ ...all, ...own }), {});
  if (!operations.includes(String(attributes['gen_ai.operation.name']))) return unusable('not-a-model-call');
  const input = listIn(unwrapped(attributes['gen_ai.input.messages']));
  if (!input) return unusable('no-messages');
  const [output] = listIn(unwrapped(attributes['gen_ai.output.messages'])) ?? [];
  const status = objectIn(span['status'])?.['code'];
  if (output === undefined || status === failed || status === 'STATUS_CODE_ERROR') return unusable('no-answer');
  const instructions = listIn(unwrapped(attributes['gen_ai.system_instructions']));
  const messages = input.flatMap((message) => messageOf(objectIn(message) ?? {}));
  const model = textIn(attributes['gen_ai.response.model']) ?? textIn(attributes['gen_ai.request.model']);
  return {
    ...given('id', textIn(attributes['gen_ai.response.id']) ?? spanId(span)),
    request: {
      messages: instructions ? [{ role: 'system', content: textsOf(instructions) }, ...messages] : messages,
      ...given('model', model),
      ...given('tools', toolsIn(attributes['gen_ai.tool.definitions'])),
    },
    answer: { ...answerOf(objectIn(output) ?? {}, attributes), model },
    ...given(
      'agent',
      textIn(attributes['gen_ai.agent.id']) ??
        textIn(attributes['gen_ai.agent.name']) ??
        textIn(resource['service.name']),
    ),
    ...given(
      'session',
      textIn(attributes['gen_ai.conversation.id']) ?? textIn(attributes['session.id']) ?? textIn(span['traceId']),
    ),
    ...given('at', momentOf(span['startTimeUnixNano'])),
    ...given('latencyMs', latencyOf(span)),
  };
}

const spanId = ({ traceId, spanId }: Fields) =>
  textIn(traceId) === undefined || textIn(spanId) === undefined ? undefined : `${String(traceId)}-${String(spanId)}`;

/** In milliseconds. The numbers are larger than a double holds exactly. */
function latencyOf({ startTimeUnixNano: start, endTimeUnixNano: end }: Fields): number | undefined {
  const isWhole = (value: unknown) => /^\d{1,20}$/.test(String(value));
  if (!isWhole(start) || !isWhole(end)) return undefined;
  const nanoseconds = Number(BigInt(String(end)) - BigInt(String(start)));
  return nanoseconds >= 0 ? nanoseconds / 1e6 : undefined;
}

/** Nanoseconds since 1970, written as a text because JSON's numbers cannot hold them. */
function momentOf(nanoseconds: unknown): string | undefined {
  const number = numberIn(nanoseconds);
  return number === undefined ? undefined : momentIn(number / 1e6);
}

/** Attributes as OTLP lists them, with their values unwrapped. */
function attributesOf(holder: Fields | undefined): Fields {
  const pairs = listIn(holder?.['attributes']) ?? [];
  return Object.fromEntries(
    pairs.flatMap((pair): [string, unknown][] => {
      const attribute = objectIn(pair);
      const key = textIn(attribute?.['key']);
      return key === undefined ? [] : [[key, valueOf(attribute?.['value'])]];
    }),
  );
}

function valueOf(value: unknown): unknown {
  const any = objectIn(value) ?? {};
  const array = objectIn(any['arrayValue']);
  if (array) return (listIn(array['values']) ?? []).map(valueOf);
  const map = objectIn(any['kvlistValue']);
  if (map) return attributesOf({ attributes: map['values'] });
  return any['stringValue'] ?? any['intValue'] ?? any['doubleValue'] ?? any['boolValue'];
}

/** A message of the conventions: a role and parts. Each result of a tool is a message of its own in chat completions. */
function messageOf({ role, parts }: Fields): ChatMessage[] {
  const list = (listIn(parts) ?? []).map((part) => objectIn(part) ?? {});
  const results = list.filter(({ type }) => type === 'tool_call_response');
  if (results.length > 0)
    return results.map((part) => ({
      role: 'tool',
      ...given('tool_call_id', textIn(part['id'])),
      content: written(member(part, 'response', 'result')),
    }));
  const calls = list.filter(({ type }) => type === 'tool_call');
  return [
    {
      role: textIn(role) ?? 'user',
      content: textsOf(list),
      ...(calls.length > 0
        ? {
            tool_calls: calls.map((part) => ({
              ...given('id', textIn(part['id'])),
              function: { name: textIn(part['name']) ?? '', arguments: written(part['arguments']) },
            })),
          }
        : {}),
    },
  ];
}

function textsOf(parts: readonly unknown[]): string {
  return parts.flatMap((part) => textIn(objectIn(part)?.['content']) ?? []).join('\n');
}

const written = (value: unknown) =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

function answerOf(message: Fields, attributes: Fields): Answer {
  const [told] = messageOf({ ...message, role: 'assistant' });
  const finish = textIn(message['finish_reason']) ?? 'stop';
  return {
    ...emptyAnswer(),
    content: typeof told?.content === 'string' ? told.content : '',
    calls: (told?.tool_calls ?? []).map(({ id, function: called }) => ({
      ...given('id', id),
      name: called?.name ?? '',
      arguments: called?.arguments ?? '',
      custom: false,
    })),
    finishReason: finish,
    usage: usageIn(attributes['gen_ai.usage.input_tokens'], attributes['gen_ai.usage.output_tokens']),
  };
}
