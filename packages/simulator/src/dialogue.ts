import type { JsonObject, JsonValue, Random } from '@retort/kernel';
import type { DomainAgent } from './domain-agent.ts';
import { disturb } from './language/disturb.ts';
import type { GrammarPhrase } from './language/grammar.ts';
import { renderPhrase, slotsOf, type Phrase, type Segment } from './language/phrase.ts';

/** What a session's user said, and what was meant by it. */
export interface Dialogue {
  /** The last utterance before it is written down. */
  utterance: readonly Segment[];
  history: JsonObject[];
  /** The intent the agent has to act on; null when there is nothing to act on. */
  intent: string | null;
  said: Record<string, JsonValue>;
  ambiguous: boolean;
}

export interface DialogueSetting {
  agent: DomainAgent;
  random: Random;
  today: string;
  novelty: number;
  /** Draws one of the agent's intents. */
  pickIntent(): string;
}

const greetings = [
  ['Hi, are you there?', 'Yes, how can I help?'],
  ['Good afternoon', 'Good afternoon. What can I do for you?'],
  ['I spoke to your colleague earlier', 'Thank you for coming back to us. What do you need?'],
] as const;
const proposals = [
  'Shall I go ahead with that?',
  'Just to confirm: shall I do that now?',
  'I can do that. Do you want me to proceed?',
];
const answered = ['Done. Anything else?', 'That is taken care of. What else can I do?', 'Here you are. Is there more?'];

/** A request for the agent's work: mostly one utterance; sometimes a dialogue where the intent, or a value, was said
 *  before, or where what was said before no longer counts. */
export function workDialogue(setting: DialogueSetting): Dialogue {
  const { agent, random } = setting;
  const kind = random.next();
  const { vague } = agent.grammar;
  if (kind < 0.06 && vague.length > 0) {
    const chosen = random.pick(vague);
    return { ...speak(setting, chosen), ambiguous: true };
  }
  const chosen = pickPhrase(setting, setting.pickIntent());
  if (kind < 0.14 && slotsOf(chosen.phrase).length > 0) return slotFilling(setting, chosen);
  if (kind < 0.2) return confirmation(setting, chosen);
  if (kind < 0.25) return changeOfTopic(setting, chosen);
  const spoken = speak(setting, chosen);
  return kind < 0.33 ? { ...spoken, history: turns(random.pick(greetings)) } : spoken;
}

/** Talk that asks for none of the agent's work. */
export function idleDialogue(setting: DialogueSetting): Dialogue {
  const { agent, random } = setting;
  const intent = random.pick(['thanks', 'offtopic']);
  const idle = { ...speak(setting, pickPhrase(setting, intent)), intent: null };
  if (intent === 'offtopic' || random.next() < 0.3) return idle;
  const before = pickPhrase({ agent, random }, setting.pickIntent());
  return {
    ...idle,
    said: {},
    history: turns([writeDown(setting, speak(setting, before).utterance), random.pick(answered)]),
  };
}

/** The user names the intent, the assistant asks for a value, and the value is all the user then says. */
function slotFilling(setting: DialogueSetting, chosen: GrammarPhrase): Dialogue {
  const { agent } = setting;
  const opening = speak(setting, chosen, { slots: 0, plain: 0.5 });
  const missing = slotsOf(chosen.phrase).find((slot) => !(slot in opening.said));
  if (missing === undefined) return opening;
  const answer = speakPhrase(setting, [{ kind: 'slot', name: missing }]);
  return {
    ...opening,
    utterance: answer.utterance,
    said: { ...opening.said, ...answer.said },
    history: turns([writeDown(setting, opening.utterance), agent.grammar.slots[missing]!.question]),
  };
}

function confirmation(setting: DialogueSetting, chosen: GrammarPhrase): Dialogue {
  const { random } = setting;
  const request = speak(setting, chosen);
  const confirmed = random.next() < 0.75;
  const reply = speak(setting, pickPhrase(setting, confirmed ? 'confirm' : 'decline'));
  return {
    ...request,
    utterance: reply.utterance,
    intent: confirmed ? request.intent : null,
    history: turns([writeDown(setting, request.utterance), random.pick(proposals)]),
  };
}

function changeOfTopic(setting: DialogueSetting, chosen: GrammarPhrase): Dialogue {
  const earlier = speak(setting, pickPhrase(setting, setting.pickIntent()));
  return {
    ...speak(setting, chosen),
    history: turns([writeDown(setting, earlier.utterance), setting.random.pick(answered)]),
  };
}

function pickPhrase({ agent, random }: Pick<DialogueSetting, 'agent' | 'random'>, intent: string): GrammarPhrase {
  return random.pick(agent.grammar.clear.get(intent)!);
}

function speak(
  setting: DialogueSetting,
  { phrase, intent }: GrammarPhrase,
  keep = { slots: 0.9, plain: 0.5 },
): Dialogue {
  return { ...speakPhrase(setting, phrase, keep), history: [], intent, ambiguous: false };
}

function speakPhrase(setting: DialogueSetting, phrase: Phrase, keep = { slots: 1, plain: 0.5 }) {
  const { agent, random, today, novelty } = setting;
  const said: Record<string, JsonValue> = {};
  const wordingOf = (name: string): Segment => {
    const slot = agent.grammar.slots[name]!;
    if (slot.kind === 'choice') {
      const value = random.pick(Object.keys(slot.values));
      said[name] = value;
      return { text: random.pick(slot.values[value]!), exact: false };
    }
    const spoken = slot.speak(random, today);
    said[name] = spoken.value;
    return { text: spoken.text, exact: true };
  };
  return {
    utterance: renderPhrase(phrase, { random, lexicon: agent.grammar.lexicon, novelty, wordingOf, keep }),
    said,
  };
}

function writeDown({ random, novelty }: DialogueSetting, utterance: readonly Segment[]): string {
  return disturb(utterance, random, { courtesy: 0.15, misspelling: 0.04, chat: novelty });
}

function turns([user, assistant]: readonly [string, string]): JsonObject[] {
  return [
    { role: 'user', content: user },
    { role: 'assistant', content: assistant },
  ];
}
