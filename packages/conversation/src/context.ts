import { canonicalJson, type JsonObject, type JsonValue } from '@retort/kernel';
import { embeddedFacts, objectOf } from './embedded-facts.ts';
import { isStorable, storableText } from './storable.ts';
import { isSystem, textOf, type ChatMessage, type ChatToolCall } from './wire.ts';

/** The context of a conversation: what a decision is made from, recorded and predicted with alike.
 *  - `instructions`: what the system and developer messages say.
 *  - facts: the members of the JSON objects inside the instructions, each a member of its own; `facts` adds to them and wins.
 *  - `history`: the dialogue before the user's last message.
 *  - `query`: the user's last message.
 *  - `steps`: what was done about it since, calls and their results.
 *
 *  A member without content is absent, except `query`. */
export function contextOf(messages: readonly ChatMessage[], facts: JsonObject = {}): JsonObject {
  const system = messages.filter(isSystem).map(({ content }) => textOf(content));
  const turns = messages.filter((message) => !isSystem(message));
  const last = turns.findLastIndex(({ role }) => role === 'user');
  const history = turns.slice(0, Math.max(0, last)).map(turnOf);
  const steps = turns.slice(last + 1).map(turnOf);
  const read = system.map(splitContextLine);
  const instructions = read
    .map(({ prose }) => prose)
    .filter((text) => text !== '')
    .join('\n');
  return {
    ...withoutReserved(embeddedFacts(instructions)),
    ...withoutReserved(Object.fromEntries(read.flatMap((one) => Object.entries(one.facts)))),
    ...withoutReserved(facts),
    ...(instructions === '' ? {} : { instructions }),
    query: textOf(turns[last]?.content),
    ...(turns[last] ? partsOf(turns[last], 'query_parts') : {}),
    ...(history.length > 0 ? { history } : {}),
    ...(steps.length > 0 ? { steps } : {}),
  };
}

/** The conversation that a context was made of, for a model to go on with. `contextOf` reads it back to the same context.
 *  A context of another form (posted by hand) becomes its query, its dialogue where it has one, and facts. */
export function messagesOf(context: JsonObject): ChatMessage[] {
  const { instructions, query, query_parts: _, history, steps, ...rest } = context;
  const said = typeof instructions === 'string' ? instructions : '';
  const past = dialogueOf(history);
  const since = dialogueOf(steps);
  const facts: JsonObject = {
    ...rest,
    ...(instructions !== undefined && typeof instructions !== 'string' ? { instructions } : {}),
    ...(past === null ? { history: history! } : {}),
    ...(since === null ? { steps: steps! } : {}),
  };
  const known = embeddedFacts(said);
  const open = Object.entries(facts).filter(
    ([key, value]) => !Object.hasOwn(known, key) || canonicalJson(known[key]) !== canonicalJson(value),
  );
  const system = [said, ...(open.length > 0 ? [`${contextPrefix}${JSON.stringify(Object.fromEntries(open))}`] : [])];
  const text = system.filter((line) => line !== '').join('\n');
  return numbered([
    ...(text === '' ? [] : [{ role: 'system', content: text }]),
    ...(past ?? []),
    { role: 'user', content: typeof query === 'string' ? query : JSON.stringify(query ?? null) },
    ...(since ?? []),
  ]);
}

const contextPrefix = 'Context: ';
const reserved = ['instructions', 'query', 'query_parts', 'history', 'steps'];

/** Facts must not pose as parts of the conversation, unless in a form that no conversation has. */
function withoutReserved(facts: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(facts).filter(
      ([key, value]) => !reserved.includes(key) || (key !== 'query' && isForeign(key, value)),
    ),
  );
}
const isForeign = (key: string, value: JsonValue) =>
  key === 'instructions' ? typeof value !== 'string' : dialogueOf(value) === null;

/** A last line of the form that `messagesOf` writes holds facts alone, which stand beside the instructions: a brace that they
 *  leave open swallows none of them. */
function splitContextLine(text: string): { prose: string; facts: JsonObject } {
  const at = text.lastIndexOf('\n') + 1;
  const line = text.slice(at);
  const facts = line.startsWith(contextPrefix) ? objectOf(line.slice(contextPrefix.length)) : undefined;
  if (facts === undefined) return { prose: text, facts: {} };
  const held = Object.entries(facts).filter((fact) => isStorable(fact, line));
  return { prose: text.slice(0, Math.max(0, at - 1)), facts: Object.fromEntries(held) };
}

function turnOf(message: ChatMessage): JsonObject {
  const { role, content, tool_calls, function_call } = message;
  const calls = (tool_calls ?? (function_call ? [{ function: function_call }] : [])).map((call: ChatToolCall) => ({
    name: storableText(call.function?.name ?? call.custom?.name ?? ''),
    arguments: storableText(call.function?.arguments ?? call.custom?.input ?? ''),
  }));
  return {
    role,
    content: textOf(content),
    ...partsOf(message, 'parts'),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
}

/** The kinds of what a message holds beside text (images, sound, files): a student cannot read them, but sees that they
 *  are there. */
function partsOf({ content }: ChatMessage, member: string): JsonObject {
  if (typeof content === 'string' || !content) return {};
  const kinds = content.filter(({ text }) => text === undefined).map(({ type }) => type);
  return kinds.length > 0 ? { [member]: kinds } : {};
}

/** The messages of a recorded dialogue; null for a value that is none. */
function dialogueOf(value: JsonValue | undefined): ChatMessage[] | null {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return null;
  const messages: ChatMessage[] = [];
  for (const turn of value) {
    if (turn === null || typeof turn !== 'object' || Array.isArray(turn)) return null;
    const { role, content, tool_calls: calls } = turn;
    if (typeof role !== 'string' || isSystem({ role }) || typeof content !== 'string') return null;
    const made = callsOf(calls);
    if (made === null) return null;
    messages.push({ role, content, ...(made.length > 0 ? { tool_calls: made } : {}) });
  }
  return messages;
}

function callsOf(value: JsonValue | undefined): ChatToolCall[] | null {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return null;
  const calls: ChatToolCall[] = [];
  for (const call of value) {
    if (call === null || typeof call !== 'object' || Array.isArray(call)) return null;
    const { name, arguments: text } = call;
    if (typeof name !== 'string' || typeof text !== 'string') return null;
    calls.push({ function: { name, arguments: text } });
  }
  return calls;
}

/** Providers want an id for each call and its result; which they were does not matter to anyone. A result belongs to the
 *  first call that has none yet. */
function numbered(messages: readonly ChatMessage[]): ChatMessage[] {
  let made = 0;
  const open: string[] = [];
  return messages.map((message) => {
    if (message.tool_calls) {
      const tool_calls = message.tool_calls.map((call) => ({
        ...call,
        id: `call_${++made}`,
        type: 'function' as const,
      }));
      open.push(...tool_calls.map(({ id }) => id));
      return { ...message, tool_calls };
    }
    const id = message.role === 'tool' ? open.shift() : undefined;
    return id === undefined ? message : { ...message, tool_call_id: id };
  });
}
