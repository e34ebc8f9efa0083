import { isFault, type JsonObject, type JsonValue } from '@retort/kernel';
import type { PrivacyPolicy } from '../policy.ts';
import { findCards, findEmails, findIbans, nationalId, phones, type Detector } from './detectors.ts';
import { findingsIn, lookAhead, rulesOfNumbers, type KnownFindings, type Rule, type RuleFinding } from './findings.ts';
import { notRedactable } from './not-redactable.ts';
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
  decision(decision: JsonObject, known?: KnownFindings): Redacted;
  outcome(outcome: JsonObject, known?: KnownFindings): Redacted;
  /** Looks through all texts, and gives the event loop back in between: with what it found, the others take no time. */
  lookAhead: {
    decision(decision: JsonObject): Promise<KnownFindings>;
    outcome(outcome: JsonObject): Promise<KnownFindings>;
  };
  /** An identifier that is about to be stored. */
  identifier(text: string, name: string): void;
}

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
    decision: (decision, known) =>
      failingClosed(() => {
        const walk = walkWith(rules, known);
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
    lookAhead: {
      decision: (decision) =>
        lookAhead(Object.fromEntries(Object.entries(decision).filter(([member]) => !untouched.has(member))), rules),
      outcome: (outcome) => lookAhead(outcome, rules),
    },
    outcome: (outcome, known) =>
      failingClosed(() => {
        const walk = walkWith(rules, known);
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

function walkWith(rules: readonly Rule[], known?: KnownFindings) {
  const redactions: Redactions = {};
  const count = (rule: string) => {
    redactions[rule] = (redactions[rule] ?? 0) + 1;
    return `[redacted:${rule}]`;
  };
  const find = (content: string) => known?.texts.get(content) ?? findingsIn(content, rules);
  const text = (content: string) => replaced(content, find(content), count);
  const ofNumbers = rulesOfNumbers(rules);
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
    const [finding] = known?.numbers.get(value) ?? findingsIn(String(Math.abs(value)), ofNumbers);
    return finding ? count(finding.rule) : value;
  }

  return {
    redactions,
    redact,
    refuseIn(value: JsonValue, place: JsonPath): void {
      const [finding] = typeof value === 'string' ? find(value) : [];
      if (finding)
        throw notRedactable(place, `holds what the rule ${finding.rule} redacts; give an id that means nothing`);
    },
  };
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
