import type { Message, TopicMessages } from 'kafkajs';

/** A broker refuses more than 1 MiB for one partition in one request, unless it is configured otherwise. What goes to all
 *  partitions together stays below that, then so does each. */
const requestBytes = 900_000;
/** Of the record's own framing, at most. */
const overhead = 64;
/** The same of a header's. */
const framing = 16;

/** Cuts what is to be sent into requests that a broker accepts, in the same order. A message that is larger by itself is
 *  a request of its own: whether the broker takes it is for the topic's configuration to say. */
export function requestsOf(batches: readonly TopicMessages[]): TopicMessages[][] {
  const requests: TopicMessages[][] = [];
  let remaining = 0;
  for (const { topic, messages } of batches)
    for (const message of messages) {
      const bytes = bytesOf(message);
      let request = requests.at(-1);
      if (!request || bytes > remaining) {
        requests.push((request = []));
        remaining = requestBytes;
      }
      remaining -= bytes;
      const last = request.at(-1);
      if (last?.topic === topic) last.messages.push(message);
      else request.push({ topic, messages: [message] });
    }
  return requests;
}

function bytesOf({ key, value, headers = {} }: Message): number {
  let bytes = overhead + Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '');
  for (const name in headers) {
    const header = headers[name];
    for (const text of Array.isArray(header) ? header : [header])
      bytes += framing + Buffer.byteLength(name) + Buffer.byteLength(text ?? '');
  }
  return bytes;
}
