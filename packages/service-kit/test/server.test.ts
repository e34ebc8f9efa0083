import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { good, startExample, type Example } from './example-server.ts';

let example: Example;
beforeAll(async () => {
  example = await startExample();
});
afterAll(() => example.close());

describe('a route', () => {
  it('that says neither scope nor public is refused when it is registered', () => {
    const fresh = example.another();
    expect(() => fresh.get('/open', () => 'x')).toThrow('names no scope');
  });

  it('whose path ends in an action takes the last colon literally', async () => {
    expect((await example.ask('POST', '/runs/r-1:cancel')).body).toEqual({ cancelled: 'r-1' });
  });

  it('stands in the OpenAPI document with its security, its service and its problems', async () => {
    const { body } = await example.ask('GET', '/openapi.json', { key: null });
    expect(body['openapi']).toBe('3.1.0');
    const paths = body['paths'] as Record<string, Record<string, Record<string, unknown>>>;
    const operation = paths['/decisions:batch']!['post']!;
    expect(operation).toMatchObject({
      operationId: 'recordBatch',
      tags: ['decision-ingestion'],
      security: [{ bearer: [] }, { apiKey: [] }],
    });
    expect(JSON.stringify(operation['responses'])).toContain('#/components/schemas/Problem');
    expect(JSON.stringify(operation['requestBody'])).toContain('agent_id');
    expect(Object.keys(paths)).toContain('/runs/{id}:cancel');
    expect(Object.keys(paths)).not.toContain('/readyz');
  });
});

describe('the probes', () => {
  it('say which part of which service is not ready, and nothing else', async () => {
    expect((await example.ask('GET', '/livez', { key: null })).status).toBe(200);
    expect((await example.ask('GET', '/readyz', { key: null })).status).toBe(200);
    example.breakFor('internal reason');
    const { status, body } = await example.ask('GET', '/readyz', { key: null });
    example.breakFor(null);
    expect([status, body['services']]).toEqual([503, { 'decision-ingestion': { loop: 'failed' } }]);
  });

  it('count requests by route pattern and service', async () => {
    await example.ask('POST', '/decisions:batch', { body: good });
    const text = String((await example.ask('GET', '/metrics', { key: null })).body['text']);
    expect(text).toMatch(
      /retort_http_request_duration_seconds_count\{[^}]*route="\/decisions:batch"[^}]*service="decision-ingestion"[^}]*\} \d+/,
    );
    expect(text.match(/# TYPE process_cpu_seconds_total counter/g)).toHaveLength(1);
    expect(text.match(/# TYPE retort_http_request_duration_seconds histogram/g)).toHaveLength(1);
  });
});
