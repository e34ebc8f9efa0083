import { answerIn, chat, responses, sessionOf, type ChatRequest, type Protocol } from '@retort/conversation';
import { openTurn, quietly, type CaptureOptions, type OpenTurn } from './capture.ts';

/** The `fetch` of the platform, or one that behaves like it. */
export type FetchFunction = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const protocols: readonly [ending: string, protocol: Protocol][] = [
  ['/chat/completions', chat],
  ['/responses', responses],
];
/** Of an answer that is read to be recorded, in characters. */
const largestAnswer = 8 * 1_048_576;

/** A `fetch` that records what is decided through it: every client that speaks OpenAI's protocol takes one (`openai`, the AI SDK,
 *  LangChain). Requests and answers pass untouched, and streams as they come.
 *  @public */
export function recordingFetch(fetch: FetchFunction, options: CaptureOptions): FetchFunction {
  return async (input, init) => {
    const asked = quietly(() => askedOf(input, init), options);
    const turn = asked && openTurn(() => asked.protocol.requestOf(asked.body), options);
    const response = await fetch(input, init);
    if (!turn || !response.ok || response.body === null) return response;
    return quietly(() => watched(response, asked, turn, options), options) ?? response;
  };
}

interface Asked {
  protocol: Protocol;
  body: ChatRequest;
  session: string | undefined;
}

/** undefined for a request of another kind, or one whose body is not here to read. */
function askedOf(input: string | URL | Request, init: RequestInit | undefined): Asked | undefined {
  const url = new URL(input instanceof Request ? input.url : input);
  const protocol = protocols.find(([ending]) => url.pathname.endsWith(ending))?.[1];
  if (!protocol || init?.method?.toUpperCase() !== 'POST' || typeof init.body !== 'string') return undefined;
  const body = JSON.parse(init.body) as ChatRequest & Record<string, unknown>;
  return { protocol, body, session: sessionOf(body) };
}

/** The answer, whose text is kept on its way to the agent. */
function watched(response: Response, asked: Asked, turn: OpenTurn, options: CaptureOptions): Response {
  const decoder = new TextDecoder();
  const { headers } = response;
  let text = '';
  const keep = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      controller.enqueue(piece);
      if (text.length <= largestAnswer) text += decoder.decode(piece, { stream: true });
    },
    flush: () =>
      quietly(() => {
        if (text.length > largestAnswer) return;
        const isStream = headers.get('content-type')?.startsWith('text/event-stream') ?? false;
        turn.answered(answerIn(text, isStream, asked.protocol), { headers, session: asked.session });
      }, options),
  });
  const { status, statusText } = response;
  const handedOn = new Response(response.body!.pipeThrough(keep), { status, statusText, headers });
  // A new response knows no address; some clients read it.
  return Object.defineProperty(handedOn, 'url', { value: response.url });
}
