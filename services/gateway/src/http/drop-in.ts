import { Readable } from 'node:stream';
import {
  createChatCompletion,
  createResponse,
  listUpstreamModels,
  outcomeInput,
  pointersOf,
  reportCallOutcome,
  type OutcomeInput,
} from '@retort/contracts';
import { fault } from '@retort/kernel';
import { answer, bytes, handedOn, mount, verbatim, type Routes } from '@retort/service-kit';
import { answerTurn, type AnswerPorts, type Provenance } from '../app/answer-turn.ts';
import type { AskedTurn } from '../app/asked-turn.ts';
import type { CallOutcomes } from '../app/call-outcomes.ts';
import { chatCompletions, responsesApi, type DropIn } from '../app/drop-in.ts';
import type { UpstreamCall } from '../app/ports.ts';
import type { EarlierResponses } from '../app/earlier-responses.ts';
import { isEventStream } from '../app/recorded-turn.ts';
import type { TeacherAnswer } from '../app/teacher.ts';
import type { Config } from '../config.ts';
import { askedTurn, jsonObjectIn, upstreamHeaders, type Asking } from './asked-turn.ts';

type Ports = Omit<AnswerPorts, 'responses' | 'outcomes'> & {
  responses: EarlierResponses;
  outcomes: CallOutcomes;
  /** Asks an upstream which models it has. */
  models: (call: UpstreamCall) => Promise<TeacherAnswer>;
  settings: Config;
};

export function dropInRoutes(app: Routes, ports: Ports): void {
  const { settings } = ports;
  const expanded = async (asked: AskedTurn): Promise<AskedTurn> => {
    const found = asked.body && (await ports.responses.goesOn(asked.author, asked.body));
    if (!found) return asked;
    const { body, isProviders } = found;
    const raw = isProviders ? asked.raw : Buffer.from(JSON.stringify(body));
    return { ...asked, body, raw, session: asked.session ?? found.session };
  };
  const answered = (api: DropIn) => async (requested: Asking) => {
    const { caller, reply } = requested;
    caller.usage.take('predictions', 1);
    const asked = await expanded(askedTurn(requested, settings, whileListening(reply.raw, settings)));
    const given = await answerTurn(ports, api, asked);
    const headers = headersOf(given.provenance);
    if ('whole' in given) return answer(200, verbatim(given.whole), headers);
    if ('stream' in given) return answer(200, bytes(given.stream, 'text/event-stream'), headers);
    return relayed(given.handedOn, headers);
  };
  mount(app, createChatCompletion, answered(chatCompletions), { bodyLimit: settings.largestBody });
  mount(app, createResponse, answered(responsesApi), { bodyLimit: settings.largestBody });
  mount(app, reportCallOutcome, async ({ params, body, caller: { tenant }, trace }) => {
    const result = await ports.outcomes.report({ tenant, trace }, params.call_id, outcomeIn(body));
    return answer(result.status === 'recorded' ? 201 : 200, result);
  });
  mount(app, listUpstreamModels, async ({ request, reply }) => {
    const signal = whileListening(reply.raw, settings)();
    const headers = upstreamHeaders(request.headers);
    return relayed(await ports.models({ method: 'GET', path: '/models', headers, body: null, signal }), {});
  });
}

/** @throws `decisions.malformed-json`, `decisions.invalid-outcome` (400) */
function outcomeIn(body: Uint8Array): OutcomeInput {
  const outcome = jsonObjectIn(body);
  if (!outcome) throw fault('decisions.malformed-json', { public: 'The body is no JSON object.' });
  const parsed = outcomeInput.safeParse(outcome);
  if (parsed.success) return parsed.data;
  throw fault('decisions.invalid-outcome', {
    public: 'The outcome does not satisfy its schema.',
    errors: pointersOf(parsed.error, outcomeInput),
  });
}

/** Streams go on as they come; another answer when it is there as a whole, so that half of one is an error and no answer. */
async function relayed({ status, headers, body, upstream }: TeacherAnswer, own: Record<string, string>) {
  const told = { ...headers, ...own, 'x-retort-upstream': upstream };
  if (isEventStream(headers)) return handedOn(status, told, Readable.from(body, { objectMode: false }));
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return handedOn(status, told, pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
}

function headersOf({ servedBy, reason, modelVersion, confidence, decisionId }: Provenance): Record<string, string> {
  return {
    'x-retort-served-by': servedBy,
    ...(reason === null ? {} : { 'x-retort-reason': reason }),
    ...(modelVersion === null ? {} : { 'x-retort-model-version': modelVersion }),
    ...(confidence === null ? {} : { 'x-retort-confidence': confidence.toFixed(4) }),
    ...(decisionId === null ? {} : { 'x-retort-decision-id': decisionId }),
  };
}

type Response = Asking['reply']['raw'];

/** Aborts when the caller leaves before the answer is sent. A teacher may think for longer than a connection may idle. */
function whileListening(
  response: Response,
  { upstreamTimeoutMs }: Pick<Config, 'upstreamTimeoutMs'>,
): () => AbortSignal {
  let controller: AbortController | undefined;
  return () => {
    if (controller) return controller.signal;
    const made = (controller = new AbortController());
    const leave = () => {
      if (!response.writableFinished)
        made.abort(fault('request.incomplete', { public: 'The caller left before the answer was there.' }));
    };
    if (response.destroyed) leave();
    response.setTimeout(upstreamTimeoutMs + 1_000);
    response.once('close', leave);
    return made.signal;
  };
}
