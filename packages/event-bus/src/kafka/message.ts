import type { IHeaders, KafkaMessage, Message, TopicMessages } from 'kafkajs';
import { isFor } from '../for-group.ts';
import type { BusMessage, MessageAttributes } from '../port.ts';

/** CloudEvents 1.0, Kafka protocol binding, binary mode: attributes are `ce_` headers, the data is the value. */
const prefix = 'ce_';
export const forGroupHeader = `${prefix}forgroup`;

/** Headers are written out: thousands of objects a second whose members are put together by name would each be a dictionary,
 *  which is several times slower to make and to encode. */
function toKafkaMessage({ key, data, attributes }: BusMessage): Message {
  const headers: IHeaders = {
    ce_specversion: '1.0',
    'content-type': 'application/json',
    ce_id: attributes.id,
    ce_source: attributes.source,
    ce_type: attributes.type,
    ce_time: attributes.time,
    ce_subject: attributes.subject,
    ce_tenant: attributes.tenant,
    ce_correlationid: attributes.correlationid,
    ce_schemaversion: attributes.schemaversion,
    ce_logposition: attributes.logposition,
  };
  if (attributes.causationid !== undefined) headers['ce_causationid'] = attributes.causationid;
  if (attributes.traceparent !== undefined) headers['ce_traceparent'] = attributes.traceparent;
  if (attributes.forgroup !== undefined) headers[forGroupHeader] = attributes.forgroup;
  return { key, value: data, headers };
}

export function byTopic(messages: readonly BusMessage[]): TopicMessages[] {
  const batches = new Map<string, Message[]>();
  for (const message of messages) {
    const batch = batches.get(message.topic);
    if (batch) batch.push(toKafkaMessage(message));
    else batches.set(message.topic, [toKafkaMessage(message)]);
  }
  return [...batches].map(([topic, batch]) => ({ topic, messages: batch }));
}

/** A message as it stands on the bus; attributes that it lacks are empty. */
export function readKafkaMessage(topic: string, message: KafkaMessage): BusMessage {
  const attributes: MessageAttributes = {
    id: '',
    source: '',
    type: '',
    time: '',
    subject: '',
    tenant: '',
    correlationid: '',
    schemaversion: '',
    logposition: '',
  };
  const present = Object.entries(message.headers ?? {})
    .filter(([name]) => name.startsWith(prefix) && name !== `${prefix}specversion`)
    .map(([name, value]): [string, string] => [name.slice(prefix.length), headerText(value)]);
  return {
    topic,
    key: message.key?.toString('utf8') ?? '',
    attributes: Object.assign(attributes, Object.fromEntries(present)),
    data: message.value?.toString('utf8') ?? '',
  };
}

/** @throws Error when the message is no CloudEvent in binary mode */
export function fromKafkaMessage(topic: string, message: KafkaMessage): BusMessage {
  for (const name of ['specversion', 'id', 'source', 'type'])
    if (headerText(message.headers?.[prefix + name]) === '')
      throw new Error(`not a CloudEvent in binary mode: the header ${prefix}${name} is missing`);
  return readKafkaMessage(topic, message);
}

/** What is no CloudEvent may have been buried, and replayed, as well. */
export function isForGroup(group: string, { headers }: KafkaMessage): boolean {
  const forgroup = headers?.[forGroupHeader];
  return isFor(group, forgroup === undefined ? {} : { forgroup: headerText(forgroup) });
}

/** The client gives header values as buffers, strings, or lists of them. */
export function headerText(value: IHeaders[string]): string {
  const single = Array.isArray(value) ? value[0] : value;
  return single === undefined ? '' : single.toString();
}
