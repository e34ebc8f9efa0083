import { randomBytes } from 'node:crypto';
import { curationRuns, recordDecisions, trainingRuns, type DecisionInput } from '@retort/contracts';
import { createTraffic, domainAgents, simulateDecision } from '@retort/simulator';
import { startTraceCollector, until, type CollectedSpan, type TraceCollector } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';

let collector: TraceCollector;
let platform: TestPlatform;

beforeAll(async () => {
  collector = await startTraceCollector();
  platform = await startTestPlatform('tracing', undefined, { otlpUrl: collector.url });
}, 120_000);
afterAll(async () => {
  await platform.close();
  await collector.close();
});

const newTrace = () => ({ traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') });

/** As an agent whose own tracing is on. */
const as = ({ traceId, spanId }: ReturnType<typeof newTrace>, flags = '01') => ({
  headers: { traceparent: `00-${traceId}-${spanId}-${flags}` },
});

const ofTrace = (traceId: string) => collector.spans().filter((span) => span.traceId === traceId);
const spanOf = (traceId: string, name: string) =>
  until(`a span ${name}`, async () => ofTrace(traceId).find((span) => span.name === name), 120_000);

const traffic = createTraffic({ seed: 'tracing', agents: domainAgents.slice(0, 2) });
const decide = (): DecisionInput => {
  const request = traffic.next();
  return simulateDecision(request, { call: request.truth, timestamp: '2026-03-02T09:00:00.000Z' });
};
const recorded = `POST ${recordDecisions.path}`;

describe('a trace', () => {
  it('goes from an agent’s request into the log, and from there to whoever reads it', async () => {
    const agent = newTrace();
    await platform.read(recordDecisions, { body: [decide()], ...as(agent) });
    const request = await spanOf(agent.traceId, recorded);
    expect(request).toMatchObject({ parentSpanId: agent.spanId, failed: false });
    expect(request.attributes).toMatchObject({
      'http.response.status_code': 202,
      'retort.service': 'decision-ingestion',
    });
    const projected = await spanOf(agent.traceId, 'project AGENT_TOOL_SELECTED');
    expect(projected.parentSpanId).toBe(request.spanId);
  });

  it('is not recorded where the caller says so', async () => {
    const silent = newTrace();
    await platform.read(recordDecisions, { body: [decide()], ...as(silent, '00') });
    const agent = newTrace();
    await platform.read(recordDecisions, { body: [decide()], ...as(agent) });
    await spanOf(agent.traceId, 'project AGENT_TOOL_SELECTED');
    expect(ofTrace(silent.traceId)).toEqual([]);
  });

  it('goes from a curation over the bus to the training and back', async () => {
    await platform.read(recordDecisions, { body: Array.from({ length: 400 }, decide) });
    await caughtUp(platform);
    const operator = newTrace();
    await platform.read(curationRuns.create, { body: {}, ...as(operator) });
    const curation = await spanOf(operator.traceId, 'curation run');
    const received = await spanOf(operator.traceId, 'training-orchestration TRAINING_DATA_CURATED');
    expect(received.parentSpanId).toBe(curation.spanId);
    const training = await spanOf(operator.traceId, 'training-orchestration run');
    const { data } = await platform.read(trainingRuns.list);
    expect(training.attributes['retort.run_id']).toBe(data[0]!.run_id);
    // What the training led to is heard elsewhere, beneath it.
    const back = await spanOf(operator.traceId, 'data-catalog MODEL_EVALUATED');
    expect(pathTo(back, operator.traceId)).toEqual([
      `POST ${curationRuns.create.path}`,
      'curation run',
      'training-orchestration TRAINING_DATA_CURATED',
      'training-orchestration agent model-trainer',
      'training-orchestration run',
      'data-catalog MODEL_EVALUATED',
    ]);
  }, 300_000);
});

/** Names of the spans from the first to this one. */
function pathTo(span: CollectedSpan, traceId: string): string[] {
  const parent = ofTrace(traceId).find(({ spanId }) => spanId === span.parentSpanId);
  return [...(parent ? pathTo(parent, traceId) : []), span.name];
}
