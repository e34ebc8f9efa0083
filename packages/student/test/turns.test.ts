import { isFault, seededRandom, type RecordedCall } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { loadStudent, trainStudent, type TaughtDecision } from '../src/index.ts';
import { splitRequest } from '../src/split-request.ts';
import { canonicalTurn, headAnswer, sameTools, turnOf } from '../src/turns.ts';
import { decision, decisions, options, tools } from './decisions.ts';

const call = (tool: string | null, parameters: RecordedCall['parameters'] = {}): RecordedCall => ({ tool, parameters });

describe('a turn', () => {
  it('is words where nothing was called, whatever else is recorded of it', () => {
    expect(turnOf({ call: call(null) })).toEqual({ answer: 'words', calls: [] });
    expect(turnOf({ call: call('pay'), answer: 'words' })).toEqual({ answer: 'words', calls: [] });
    expect(headAnswer(turnOf({ call: call(null) }))).toBeNull();
  });

  it('is one call where only one is recorded, and several otherwise', () => {
    expect(turnOf({ call: call('pay') })).toMatchObject({ answer: 'call', calls: [call('pay')] });
    const both = [call('pay'), call('rest')];
    expect(turnOf({ call: both[0]!, toolCalls: both })).toEqual({ answer: 'calls', calls: both });
  });

  it('agrees with the same calls in any order, and with nothing less or more', () => {
    const [a, b] = [call('pay', { amount: 1 }), call('pay', { amount: 2 })];
    expect(canonicalTurn([a, b])).toBe(canonicalTurn([b, a]));
    expect(canonicalTurn([a])).not.toBe(canonicalTurn([a, a]));
    expect(canonicalTurn([a])).not.toBe(canonicalTurn([]));
    expect(canonicalTurn([a, call('rest', null)])).toBeNull();
    expect(sameTools([a, call('rest')], [call('rest'), b])).toBe(true);
    expect(sameTools([a], [a, b])).toBe(false);
  });
});

describe('a request for several calls', () => {
  it('comes apart where its parts are the surest, and not where a part calls nothing', () => {
    const choose = (known: Record<string, number>) =>
      splitRequest({ context: { query: 'lock the card and wake me, please' }, tools }, ({ context }) => ({
        best: 0,
        known: 1,
        silent: false,
        tool: 'x',
        probability: known[context['query'] as string] ?? 0.1,
        familiarity: { offered: 0, margin: 0, centre: 1, nearest: 1 },
      }))?.map(({ request }) => request.context['query']);
    expect(choose({ 'lock the card': 0.9, 'wake me, please': 0.9 })).toEqual(['lock the card', 'wake me, please']);
    expect(
      splitRequest({ context: { query: 'lock the card and wake me' }, tools }, () => ({
        best: -1,
        known: 1,
        silent: false,
        tool: null,
        probability: 1,
        familiarity: { offered: 0, margin: 0, centre: 1, nearest: 1 },
      })),
    ).toBeNull();
  });

  it('is answered with all of them once a teacher has shown it, in any order', () => {
    const singles = decisions(900);
    const random = seededRandom('several');
    const both = (index: number): TaughtDecision => {
      const first = random.pick(singles);
      const second = random.pick(singles.filter(({ call: { tool } }) => tool !== first.call.tool));
      const query = `${String(first.context['query'])} and then ${String(second.context['query'])}`;
      return { ...decision(`b${index}`, query, first.call.tool), toolCalls: [second.call, first.call] };
    };
    const pairs = Array.from({ length: 300 }, (_, index) => both(index));
    const { artifact, card } = trainStudent([...singles, ...pairs], { ...options, configuration: { epochs: 6 } });
    const student = loadStudent(artifact);
    const answers = Array.from({ length: 60 }, (_, index) => both(1000 + index)).map((one) => ({
      wanted: canonicalTurn(one.toolCalls!),
      answer: student.predict(one),
    }));
    const right = answers.filter(({ wanted, answer }) => canonicalTurn(answer.calls) === wanted);
    expect(right.length).toBeGreaterThan(45);
    expect(right.filter(({ answer }) => answer.served).length).toBeGreaterThan(25);
    expect(card.turns.tool).toBeGreaterThan(500);
  });

  it('is left to the teacher as long as none has shown it', () => {
    const student = loadStudent(trainStudent(decisions(600), { ...options, configuration: { epochs: 6 } }).artifact);
    const answers = decisions(40, { seed: 9 }).flatMap((first, index) => {
      const second = decisions(40, { seed: 10 })[index]!;
      if (second.call.tool === first.call.tool) return [];
      const query = `${String(first.context['query'])} and then ${String(second.context['query'])}`;
      return [student.predict(decision('x', query, null))];
    });
    expect(answers.filter(({ served }) => served).length).toBeLessThan(answers.length / 10);
  });
});

describe('words', () => {
  const chat = ['hello there', 'thank you so much', 'how are you', 'goodbye friend', 'nice talking'];
  const talk = Array.from({ length: 200 }, (_, index) => decision(`t${index}`, `${chat[index % 5]!} ${index}`, null));
  const { artifact, card } = trainStudent([...decisions(600), ...talk], { ...options, configuration: { epochs: 6 } });
  const student = loadStudent(artifact);
  const hello = { context: { query: 'hello there, thank you' }, tools };

  it('are the teacher’s: a student never serves them of its own accord', () => {
    expect(student.predict(hello)).toMatchObject({ answer: 'words', calls: [], served: false, reason: 'words' });
    expect(student.predict({ ...hello, noTool: 'accept' })).toMatchObject({ answer: 'words', served: true });
  });

  it('raise no coverage, which is of turns with a call', () => {
    const { tool, toolServed, words, wordsServed, wordsProposed } = card.turns;
    expect(words).toBeGreaterThan(100);
    expect(card.served.coverage).toBeCloseTo(toolServed / tool, 9);
    expect(card.served.decisions).toBe(toolServed + wordsServed);
    expect(wordsProposed.trials).toBeGreaterThan(100);
  });

  it('are not proposed for want of tools that were learnt, nor of anything said', () => {
    const foreign = [{ name: 'translate', description: 'Translates a text' }];
    expect(student.predict({ ...hello, tools: foreign, noTool: 'accept' }).served).toBe(false);
    for (const context of [{}, { query: '' }])
      expect(student.predict({ context, tools, noTool: 'accept' })).toMatchObject({ served: false });
  });

  it('of an older format of the file are refused, so that it is trained again', () => {
    const old = artifact.slice();
    old[8] = 4;
    try {
      loadStudent(old);
      expect.unreachable();
    } catch (error) {
      expect(isFault(error, 'student.artifact-format')).toBe(true);
    }
  });
});
