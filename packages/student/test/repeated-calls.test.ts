import { canonicalCall, type JsonObject } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { loadStudent, trainStudent, type LabelledDecision } from '../src/index.ts';
import { callsSinceRequest } from '../src/features/calls-made.ts';
import { conversations } from './after-results.ts';
import { options } from './decisions.ts';

const call = (name: string, id: string) => ({ name, arguments: JSON.stringify({ order_id: id }) });
const asked = { role: 'user', content: 'order A-1, please' };
const called = (name: string, id: string) => ({ role: 'assistant', content: '', tool_calls: [call(name, id)] });
const result = { role: 'tool', content: '{"state":"open"}' };
const made = (context: JsonObject) => callsSinceRequest(context).map(({ tool }) => tool);

describe('the calls made since the user’s last message', () => {
  it('are those of the steps, in their order', () =>
    expect(
      callsSinceRequest({ query: 'x', steps: [called('get_order', 'A-1'), result, called('refund', 'A-2'), result] }),
    ).toEqual([
      { tool: 'get_order', parameters: { order_id: 'A-1' } },
      { tool: 'refund', parameters: { order_id: 'A-2' } },
    ]));

  it('are found in any dialogue that ends with a tool’s result, in either form of a call', () => {
    const nested = { role: 'assistant', content: null, tool_calls: [{ id: '1', function: call('get_order', 'A-1') }] };
    expect(made({ messages: [asked, nested, result] })).toEqual(['get_order']);
    expect(made({ query: 'x', history: [asked, called('get_order', 'A-1'), result] })).toEqual(['get_order']);
  });

  it('are none where the user has spoken since', () => {
    const before = [asked, called('get_order', 'A-1'), result];
    expect(made({ query: 'once more', history: [...before, { role: 'assistant', content: 'It is open.' }] })).toEqual(
      [],
    );
    expect(made({ messages: [...before, asked] })).toEqual([]);
  });

  it('keep a tool whose arguments cannot be read', () => {
    const torn = { role: 'assistant', content: '', tool_calls: [{ name: 'get_order', arguments: '{"order_' }] };
    expect(callsSinceRequest({ query: 'x', steps: [torn, result] })).toEqual([{ tool: 'get_order', parameters: null }]);
  });
});

describe('a student of agents that get a tool’s result and then answer in words', () => {
  const train = (rows: LabelledDecision[]) => trainStudent(rows, { ...options, configuration: { epochs: 6 } });
  const isAsked = ({ context }: LabelledDecision) => context['steps'] === undefined;
  const all = conversations(700, 'taught');
  // Logs hold what comes after a result less often than traffic does.
  const taught = all.filter((one, index) => isAsked(one) || index % 5 === 0);
  const { artifact, card } = train(taught);
  const student = loadStudent(artifact);
  const test = conversations(400, 'asked');
  const answers = test.map((decision) => ({ decision, answer: student.predict(decision) }));
  const served = answers.filter(({ answer }) => answer.served);

  it('keeps its target among what it serves, and serves most calls', () => {
    const right = served.filter(({ decision, answer }) => canonicalCall(answer.call) === canonicalCall(decision.call));
    expect(right.length).toBeGreaterThan(0.93 * served.length);
    const calls = answers.filter(({ decision }) => decision.call.tool !== null);
    expect(calls.filter(({ answer }) => answer.served).length).toBeGreaterThan(0.8 * calls.length);
    expect(card.served.callAgreement).toBeGreaterThan(0.93);
  });

  it('knows a turn of words by what was called before', () => {
    const words = answers.filter(({ decision }) => decision.call.tool === null);
    expect(words.filter(({ answer }) => answer.answer === 'words').length).toBeGreaterThan(0.9 * words.length);
  });

  it('never serves a call that was just made, even if nothing was learnt of results', () => {
    const innocent = loadStudent(train(all.filter(isAsked)).artifact);
    const again = test
      .filter((one) => !isAsked(one))
      .map((decision) => ({ decision, answer: innocent.predict(decision) }));
    expect(again.some(({ answer }) => answer.reason === 'repeated-call')).toBe(true);
    for (const { decision, answer } of [...served, ...again.filter(({ answer }) => answer.served)])
      expect(callsSinceRequest(decision.context).map(canonicalCall)).not.toContain(canonicalCall(answer.call));
  });

  it('is measured as it serves: a repeated call has no confidence at which it would be served', () => {
    const ofResults = all.filter((one) => !isAsked(one)).map(({ id }) => id);
    // The teacher of these repeats itself, so that the student learns to.
    const stubborn = all.filter(isAsked).flatMap((one) => {
      const repeat = all.find(({ group, context }) => group === one.group && context['steps'] !== undefined)!;
      return [one, { ...repeat, call: one.call }];
    });
    const { heldOut } = train(stubborn);
    const repeated = heldOut.filter(({ id }) => ofResults.includes(id));
    expect(repeated.filter(({ agrees }) => agrees).length).toBeGreaterThan(0.8 * repeated.length);
    expect(repeated.filter(({ agrees, confidence }) => agrees && confidence !== null)).toEqual([]);
  });
});
