import { isFault, type JsonObject } from '@retort/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { privacyPolicy, redactor } from '../src/index.ts';
import { longestText } from '../src/redaction/findings.ts';

const rules = (redaction: object) => redactor(privacyPolicy.parse({ redaction }).redaction);
const everything = rules({
  detectors: ['card', 'iban', 'email', 'phone'],
  phone_country: 'DE',
  national_ids: ['DE.idnr'],
  paths: ['context.customer.name', 'context.accounts[*].owner', 'tool_parameters.note', 'outcome.result.balance'],
});
const iban = 'DE89 3704 0044 0532 0130 00';

describe('redaction', () => {
  it('replaces what a detector finds, wherever it stands, and counts it', () => {
    const { value, redactions } = everything.decision({
      context: { query: `Pay ${iban} and mail a@b.co`, list: [{ deep: ['4111 1111 1111 1111', 4111111111111111] }] },
      reasoning: `The IBAN is ${iban}.`,
    });
    expect(value).toEqual({
      context: {
        query: 'Pay [redacted:iban] and mail [redacted:email]',
        list: [{ deep: ['[redacted:card]', '[redacted:card]'] }],
      },
      reasoning: 'The IBAN is [redacted:iban].',
    });
    expect(redactions).toEqual({ iban: 2, email: 1, card: 2 });
  });

  it('replaces whatever stands at a path, members and items by wildcard', () => {
    const { value, redactions } = everything.decision({
      context: { customer: { name: { first: 'Ada' }, id: 'C-1' }, accounts: [{ owner: 'Ada', n: 1 }, { owner: null }] },
    });
    expect(value).toEqual({
      context: {
        customer: { name: '[redacted:path]', id: 'C-1' },
        accounts: [{ owner: '[redacted:path]', n: 1 }, { owner: null }],
      },
    });
    expect(redactions).toEqual({ path: 2 });
  });

  it('calls arguments unknown of which something was redacted, and keeps the others beside', () => {
    const call = {
      tool: 'transfer',
      parameters: { to: iban, amount: 5, note: 'x' },
      outcome: { result: { balance: 1 } },
    };
    const { value } = everything.decision({
      tool_selected: 'transfer',
      tool_parameters: { to: iban, amount: 5, note: 'x' },
      tool_calls: [call, { tool: 'ping', parameters: { n: 1 } }],
    });
    expect(value).toEqual({
      tool_selected: 'transfer',
      tool_parameters: null,
      known_parameters: { amount: 5 },
      tool_calls: [
        {
          tool: 'transfer',
          parameters: null,
          known_parameters: { amount: 5 },
          outcome: { result: { balance: '[redacted:path]' } },
        },
        { tool: 'ping', parameters: { n: 1 } },
      ],
    });
  });

  it('redacts the names of members too, without losing one', () => {
    const { value } = everything.decision({ context: { 'a@b.co': 1, 'c@d.co': 2 } });
    expect(Object.values(value['context'] as JsonObject)).toEqual([1, 2]);
    expect(JSON.stringify(value)).not.toMatch(/@/);
  });

  it('leaves no part behind of findings that overlap', () => {
    const { value } = everything.decision({ context: { text: 'DE89370400440532013000@example.com' } });
    expect(JSON.stringify(value)).not.toMatch(/3704|example/);
  });

  it('leaves alone what no rule names', () => {
    const decision = { id: 'd-1', context: { query: 'What would 250,000 over 20 years cost?', year: 2026 } };
    expect(everything.decision(decision)).toEqual({ value: decision, redactions: {} });
  });

  it('forgets what a caller says was redacted', () => {
    expect(everything.decision({ redactions: { [iban]: 1 } }).value).toEqual({});
  });

  it.each(['id', 'agent_id', 'group'])('refuses a decision whose %s holds what a rule names', (member) => {
    expect(() => everything.decision({ [member]: 'a@b.co' })).toThrow(expect.objectContaining({ code }) as Error);
    expect(() => everything.identifier('a@b.co', 'idempotency-key')).toThrow();
  });

  it('refuses a decision with a text that is too long to look at', () => {
    expect(() => everything.decision({ reasoning: 'x'.repeat(longestText + 1) })).toThrow();
  });

  it('refuses a decision when a rule fails, and does not tell what it failed on', () => {
    const broken = new Proxy(
      { secret: iban },
      {
        get() {
          throw new Error(iban);
        },
      },
    );
    const error = caught(() => everything.decision({ context: broken }));
    expect(isFault(error, code)).toBe(true);
    expect(JSON.stringify(error)).not.toContain('3704');
  });

  it('redacts a reported outcome by the rules for outcomes', () => {
    const outcome = { success: true, result: { balance: 12, owner: 'a@b.co' } };
    expect(everything.outcome(outcome)).toEqual({
      value: { success: true, result: { balance: '[redacted:path]', owner: '[redacted:email]' } },
      redactions: { path: 1, email: 1 },
    });
  });

  it('lets no planted secret through, whatever surrounds it', () => {
    const secret = fc.constantFrom('4111 1111 1111 1111', '4111111111111111', iban, 'ada@example.org', '36574261809');
    const around = fc.string().map((text) => text.replaceAll(/[\p{L}\p{N}.@_%+~-]/gu, ' '));
    const planted = fc.tuple(around, secret, around).map(([before, text, behind]) => `${before} ${text} ${behind}`);
    const tree = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, planted, fc.array(tie('value')), fc.dictionary(planted, tie('value'))),
    })).value;
    fc.assert(
      fc.property(tree, tree, (context, parameters) => {
        const { value } = everything.decision({
          context: { context },
          tool_parameters: { parameters },
          reasoning: JSON.stringify(context),
          outcome: { result: parameters },
        } as unknown as JsonObject);
        expect(JSON.stringify(value)).not.toMatch(/4111|3704|ada@|36574261809/);
      }),
    );
  });
});

describe('a policy', () => {
  it.each([
    { redaction: { paths: ['context..name'] } },
    { redaction: { paths: ['context[?(@.a)]'] } },
    { redaction: { detectors: ['ssn'] } },
    { redaction: { national_ids: ['DE.nothing'] } },
    { redactions: {} },
  ])('that says %j is refused', (policy) => {
    expect(privacyPolicy.safeParse(policy).success).toBe(false);
  });
});

const code = 'decisions.not-redactable';

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('texts that are looked through ahead', () => {
  const numbers = ['4111 1111 1111 1111', 'DE89 3704 0044 0532 0130 00', 'ada@example.org', '+49 170 1234567'];
  const decisions = fc.array(
    fc.oneof(fc.constantFrom(...numbers), fc.integer(), fc.constant(4_111_111_111_111_111), fc.lorem({ maxCount: 3 })),
    { maxLength: 12 },
  );

  it('are redacted as they are without', () =>
    fc.assert(
      fc.asyncProperty(decisions, async (values) => {
        const decision: JsonObject = { agent_id: 'pay', context: { values, text: values.join(' ; ') }, outcome: null };
        const known = await everything.lookAhead.decision(decision);
        expect(everything.decision(decision, known)).toEqual(everything.decision(decision));
      }),
    ));

  it('hide what stands across two pieces of a long one', async () => {
    const card = numbers[0]!;
    for (let before = 990; before < 1_300; before += 3) {
      const decision = { context: { query: `${'x'.repeat(before)} ${card} ${'y'.repeat(3_000)}` } };
      const { value } = everything.decision(decision, await everything.lookAhead.decision(decision));
      expect(JSON.stringify(value)).not.toMatch(/1111/);
    }
  });

  it('give others their turn, and are refused where they hold too many digits', async () => {
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    const digits = (count: number) => ({ context: { query: '12 '.repeat(count / 2) } });
    await everything.lookAhead.decision(digits(4_000));
    expect(turns).toBeGreaterThan(0);
    clearInterval(others);
    await expect(everything.lookAhead.decision(digits(60_000))).rejects.toMatchObject({
      code: 'decisions.not-redactable',
      detail: { errors: [{ pointer: '/context/query' }] },
    });
    // What the agent's own program says is not looked at.
    await everything.lookAhead.decision({ tools_available: [{ name: '12 '.repeat(60_000) }] });
  });

  it('are refused at the place that goes beyond a limit, not at one before it', async () => {
    const half = (separator: string) => `12${separator}`.repeat(15_000);
    const refused = (content: JsonObject) => expect(everything.lookAhead.outcome(content)).rejects;
    await refused({ notes: ['short', half(' '), { again: half(';') }] }).toMatchObject({
      detail: { errors: [{ pointer: '/notes/2/again' }] },
    });
    await refused({ first: 'short', 'a/b': ['x'.repeat(262_145)] }).toMatchObject({
      detail: { errors: [{ pointer: '/a~1b/0' }] },
    });
  });
});
