import { isFault, fault, toPointer, type JsonObject, type JsonValue } from '@retort/kernel';
import type { PrivacyPolicy } from '../policy.ts';
import { findCards, findEmails, findIbans, nationalId, phones, type Detector } from './detectors.ts';
import { argumentsAsKnown } from './arguments.ts';
import { after, inEveryForm, stepsOf, treeOf, type PathTree } from './paths.ts';

/** Rule → how often it redacted something. */
export type Redactions = Record<string, number>;

export interface Redacted {
  value: JsonObject;
  redactions: Redactions;
}

/** Takes out of a posted decision, or a reported outcome, what the rules name, and says how often. What was there is replaced by
 *  `[redacted:<rule>]`; arguments with something redacted in them are arguments that are not known.
 *  @throws `decisions.not-redactable` (422) when a rule cannot be evaluated, or names something in an identifier, which has to
 *          stay as it is */
export interface Redactor {
  decision(decision: JsonObject): Redacted;
  outcome(outcome: JsonObject): Redacted;
  /** An identifier that is about to be stored. */
  identifier(text: string, name: string): void;
}

/** Longer texts are refused: every character is looked at by every detector. */
export const longestText = 262_144;

/** What a decision is known by, and what of it is of the agent's own making and not of its users'. */
const identifiers = new Set(['id', 'agent_id', 'group']);
const untouched = new Set(['tools_available', 'toolset', 'timestamp', 'tool_selected', 'answer']);
const ofACall: Readonly<Record<string, 'identifier' | 'untouched'>> = { id: 'identifier', tool: 'untouched' };

export function redactor({ paths, detectors, phone_country, national_ids }: PrivacyPolicy['redaction']): Redactor {
  const known: Record<(typeof detectors)[number], Detector> = {
    card: findCards,
    iban: findIbans,
    email: findEmails,
    phone: phones(phone_country),
  };
  const rules: Rule[] = [
    ...detectors.map((name) => ({ name, find: known[name] })),
    ...national_ids.map((name) => ({ name, find: nationalId(name) })),
  ];
  const tree = treeOf(paths.flatMap((path) => inEveryForm(stepsOf(path))));

  return {
    decision: (decision) =>
      failingClosed(() => {
        const walk = walkWith(rules);
        const value: JsonObject = {};
        for (const [member, content] of Object.entries(decision)) {
          if (member === 'redactions') continue;
          if (identifiers.has(member)) walk.refuseIn(content, [member]);
          value[member] =
            identifiers.has(member) || untouched.has(member)
              ? content
              : member === 'tool_calls' && Array.isArray(content)
                ? content.map((call, index) => redactCall(call, index, { walk, tree }))
                : walk.redact(content, after([tree], member), [member]);
        }
        return { value: argumentsAsKnown(decision, value), redactions: walk.redactions };
      }),
    outcome: (outcome) =>
      failingClosed(() => {
        const walk = walkWith(rules);
        const value = walk.redact(outcome, after([tree], 'outcome'), ['outcome']);
        if (value === null || typeof value !== 'object' || Array.isArray(value))
          throw new Error('the outcome as a whole');
        return { value, redactions: walk.redactions };
      }),
    identifier: (text, name) =>
      failingClosed(() => {
        walkWith(rules).refuseIn(text, [name]);
      }),
  };
}

interface Rule {
  name: string;
  find: Detector;
}
type JsonPath = readonly (string | number)[];

function redactCall(
  call: JsonValue,
  index: number,
  { walk, tree }: { walk: ReturnType<typeof walkWith>; tree: PathTree },
): JsonValue {
  const trees = after(after([tree], 'tool_calls'), null);
  if (call === null || typeof call !== 'object' || Array.isArray(call))
    return walk.redact(call, trees, ['tool_calls', index]);
  return Object.fromEntries(
    Object.entries(call).map(([member, content]) => {
      const place = ['tool_calls', index, member];
      if (ofACall[member] === 'identifier') walk.refuseIn(content, place);
      return [member, ofACall[member] ? content : walk.redact(content, after(trees, member), place)];
    }),
  );
}

function walkWith(rules: readonly Rule[]) {
  const redactions: Redactions = {};
  const count = (rule: string) => {
    redactions[rule] = (redactions[rule] ?? 0) + 1;
    return `[redacted:${rule}]`;
  };
  const text = (content: string) => replaced(content, findingsIn(content, rules), count);
  const ofNumbers = rules.filter(({ name }) => name !== 'phone');
  const cards = rules.some(({ name }) => name === 'card');

  function redact(value: JsonValue, trees: readonly PathTree[], place: JsonPath): JsonValue {
    if (trees.some(({ isEnd }) => isEnd) && value !== null) return count('path');
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') return redactNumber(value);
    if (Array.isArray(value)) {
      const inside = after(trees, null);
      return value.map((item, index) => redact(item, inside, [...place, index]));
    }
    if (value === null || typeof value !== 'object') return value;
    const members: JsonObject = {};
    for (const [key, member] of Object.entries(value)) {
      const named = text(key);
      members[named in members ? `${named}#${Object.keys(members).length}` : named] = redact(
        member,
        after(trees, key),
        [...place, key],
      );
    }
    return members;
  }

  /** Cards and national numbers are sent as numbers too. Of one beyond 2^53 the last digits are lost: it may be a card. */
  function redactNumber(value: number): JsonValue {
    if (!Number.isInteger(value) || Math.abs(value) < 100_000) return value;
    if (!Number.isSafeInteger(value)) return cards && Math.abs(value) < 1e19 ? count('card') : value;
    const [finding] = findingsIn(String(Math.abs(value)), ofNumbers);
    return finding ? count(finding.rule) : value;
  }

  return {
    redactions,
    redact,
    refuseIn(value: JsonValue, place: JsonPath): void {
      const [finding] = typeof value === 'string' ? findingsIn(value, rules) : [];
      if (finding)
        throw notRedactable(place, `holds what the rule ${finding.rule} redacts; give an id that means nothing`);
    },
  };
}

interface RuleFinding {
  rule: string;
  start: number;
  end: number;
}

/** What the rules find, from the left, without overlaps: the earlier and longer one stays. */
function findingsIn(text: string, rules: readonly Rule[]): RuleFinding[] {
  if (text.length > longestText) throw notRedactable([], `holds a text of more than ${longestText} characters`);
  const all = rules.flatMap(({ name, find }) => find(text).map((finding) => ({ rule: name, ...finding })));
  all.sort((left, right) => left.start - right.start || right.end - left.end);
  const kept: RuleFinding[] = [];
  for (const finding of all) {
    const last = kept.at(-1);
    if (!last || finding.start >= last.end) kept.push(finding);
    // Nothing of the later one may stay behind.
    else if (finding.end > last.end) last.end = finding.end;
  }
  return kept;
}

function replaced(text: string, findings: readonly RuleFinding[], marker: (rule: string) => string): string {
  if (findings.length === 0) return text;
  let at = 0;
  let result = '';
  for (const { rule, start, end } of findings) {
    result += text.slice(at, start) + marker(rule);
    at = end;
  }
  return result + text.slice(at);
}

function failingClosed<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (isFault(error)) throw error;
    // What a rule stumbled over may be the secret itself: it is not told.
    throw notRedactable([], 'a redaction rule could not be evaluated');
  }
}

function notRedactable(place: JsonPath, message: string) {
  return fault('decisions.not-redactable', {
    public: 'The decision cannot be redacted, and is not stored.',
    errors: [{ pointer: toPointer(place), message }],
  });
}
