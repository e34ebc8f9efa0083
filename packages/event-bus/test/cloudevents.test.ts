import { describe, expect, it } from 'vitest';
import { toBusMessage } from '../src/index.ts';

const event = {
  id: '0f0e0d0c-0b0a-4908-8706-050403020100',
  type: 'MODEL_TRAINED',
  version: 2,
  tenant: 'acme',
  aggregateId: 'loan-student',
  occurredAt: '2026-01-02T03:04:05.678Z',
  causationId: null,
  correlationId: 'loop-1',
  json: '{ "kept": "byte for byte" }',
  stream: 'model-acme.loan-student',
  position: '12/3',
} as const;

describe('an event on the bus', () => {
  it('is keyed by its stream, and its data is untouched', () => {
    const message = toBusMessage(event, { topic: 'retort.models', source: '/retort/training' });
    expect(message).toEqual({
      topic: 'retort.models',
      key: 'model-acme.loan-student',
      attributes: {
        id: event.id,
        source: '/retort/training',
        type: 'MODEL_TRAINED',
        time: event.occurredAt,
        subject: 'loan-student',
        tenant: 'acme',
        correlationid: 'loop-1',
        schemaversion: '2',
        logposition: '12/3',
      },
      data: '{ "kept": "byte for byte" }',
    });
  });

  it('names its cause only when it has one', () => {
    const options = { topic: 'retort.models', source: '/retort/training' };
    expect('causationid' in toBusMessage(event, options).attributes).toBe(false);
    expect(toBusMessage({ ...event, causationId: event.id }, options).attributes.causationid).toBe(event.id);
  });
});
