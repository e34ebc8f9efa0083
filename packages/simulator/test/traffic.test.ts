import { decisionInput } from '@retort/contracts';
import { canonicalCall } from '@retort/kernel';
import { Ajv } from 'ajv';
import addFormatsModule from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import {
  createTraffic,
  decider,
  domainAgents,
  drifts,
  simulateDecision,
  type Drift,
  type DriftName,
  type SimulatedRequest,
} from '../src/index.ts';

const addFormats = addFormatsModule.default;

function draw(count: number, options: { seed?: number; drift?: Drift } = {}): SimulatedRequest[] {
  const traffic = createTraffic({ seed: 7, ...options });
  return Array.from({ length: count }, () => traffic.next());
}

function share(requests: readonly SimulatedRequest[], of: (request: SimulatedRequest) => boolean): number {
  return requests.filter(of).length / requests.length;
}

describe('simulated traffic', () => {
  it('is the same for the same seed, and another for another seed', () => {
    expect(draw(300)).toEqual(draw(300));
    expect(draw(20, { seed: 8 }).map(({ context }) => context)).not.toEqual(draw(20).map(({ context }) => context));
  });

  it('comes from fifteen agents with four to eight tools each, no tool name used twice', () => {
    expect(domainAgents).toHaveLength(15);
    const names = domainAgents.flatMap(({ tools }) => tools.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
    for (const { tools } of domainAgents) {
      expect(tools.length).toBeGreaterThanOrEqual(4);
      expect(tools.length).toBeLessThanOrEqual(8);
    }
  });

  it('prescribes only calls of an offered tool with parameters valid against its schema', () => {
    const ajv = new Ajv({ strict: true, allErrors: true });
    addFormats(ajv);
    const validators = new Map(
      domainAgents.flatMap(({ tools }) =>
        tools.map(({ name, parameters }) => [name, ajv.compile(parameters!)] as const),
      ),
    );
    for (const drift of [undefined, ...(Object.keys(drifts) as DriftName[])]) {
      for (const { truth, tools } of draw(4_000, drift ? { seed: 3, drift: { name: drift, after: 0 } } : { seed: 3 })) {
        if (truth.tool === null) continue;
        expect(tools.map(({ name }) => name)).toContain(truth.tool);
        const validate = validators.get(truth.tool)!;
        expect(validate(truth.parameters), `${JSON.stringify(truth)} ${ajv.errorsText(validate.errors)}`).toBe(true);
      }
    }
  });

  it('calls every tool sooner or later, and sometimes none', () => {
    const called = new Set(draw(12_000).map(({ truth }) => truth.tool));
    for (const { tools } of domainAgents) for (const { name } of tools) expect(called).toContain(name);
    expect(share(draw(4_000), ({ truth }) => truth.tool === null)).toBeGreaterThan(0.04);
  });

  it('repeats itself in 30 to 50% of the requests, inside the session it repeats', () => {
    const requests = draw(4_000);
    const repeats = share(requests, ({ repeated }) => repeated);
    expect(repeats).toBeGreaterThan(0.3);
    expect(repeats).toBeLessThan(0.5);
    const seen = new Set<string>();
    for (const { group, repeated } of requests) {
      expect(seen.has(group)).toBe(repeated);
      seen.add(group);
    }
  });

  it('holds dialogues of several turns', () => {
    expect(share(draw(4_000), ({ context }) => Array.isArray(context['history']))).toBeGreaterThan(0.15);
  });
});

describe('a drift', () => {
  it('changes nothing before it sets in', () => {
    expect(draw(200, { drift: { name: 'new-phrasing', after: 200 } })).toEqual(draw(200));
  });

  it('of the rules changes the call that is prescribed for the same words and facts', () => {
    const decide = decider(domainAgents);
    const changed = draw(3_000).filter(({ context, tools }) => {
      const [before] = decide({ context, tools });
      const [after] = decide({ context: { ...context, handbook: '2026.2' }, tools });
      return canonicalCall(before!.call) !== canonicalCall(after!.call);
    });
    expect(changed.length).toBeGreaterThan(60);
    expect(draw(5, { drift: { name: 'changed-rule', after: 0 } })[0]!.context['handbook']).toBe('2026.2');
  });

  it('of the phrasing brings words nobody used before', () => {
    const vocabulary = (requests: readonly SimulatedRequest[]) =>
      new Set(requests.flatMap(({ context }) => String(context['query']).toLowerCase().split(/\W+/)));
    const before = vocabulary(draw(4_000));
    const after = vocabulary(draw(4_000, { drift: { name: 'new-phrasing', after: 0 } }));
    for (const word of ['zap', 'plastic', 'greenlight']) {
      expect(before).not.toContain(word);
      expect(after).toContain(word);
    }
  });

  it('of the mix makes quiet agents busy, and more chatter calls for fewer tools', () => {
    const ofSystem = ({ agentId }: SimulatedRequest) => agentId === 'system';
    const mixed = draw(3_000, { drift: { name: 'shifted-mix', after: 0 } });
    expect(share(mixed, ofSystem)).toBeGreaterThan(share(draw(3_000), ofSystem) * 1.5);
    const noTool = ({ truth }: SimulatedRequest) => truth.tool === null;
    const chatting = draw(3_000, { drift: { name: 'more-chatter', after: 0 } });
    expect(share(chatting, noTool)).toBeGreaterThan(share(draw(3_000), noTool) + 0.08);
  });
});

describe('a simulated decision', () => {
  const timestamp = '2026-03-02T08:00:00.000Z';

  it('satisfies the contract of POST /decisions and says that it is simulated', () => {
    for (const request of draw(500)) {
      const decision = simulateDecision(request, { call: request.truth, confidence: 0.9, timestamp });
      expect(decisionInput.safeParse(decision).error).toBeUndefined();
      expect(decision.teacher_model).toContain('simulated');
    }
  });

  it('fails sometimes when the call is right, and mostly when it is wrong', () => {
    const requests = draw(3_000).filter(({ truth }) => truth.tool !== null);
    const failures = (wrong: boolean) =>
      share(requests, (request) => {
        const call = wrong ? { tool: request.truth.tool, parameters: { wrong } } : request.truth;
        const { outcome } = simulateDecision(request, { call, timestamp });
        return outcome?.success === false;
      });
    expect(failures(false)).toBeGreaterThan(0.01);
    expect(failures(false)).toBeLessThan(0.1);
    expect(failures(true)).toBeGreaterThan(0.5);
  });
});
