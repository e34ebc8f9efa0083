import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A sink in a process of its own, so that its work is not taken for the agent's. It answers as ingestion does, and
 *  counts the ids when it is asked to. */
const bodies: Buffer[] = [];

const server = createServer((request, response) => {
  void buffer(request).then((body) => {
    bodies.push(body);
    let recorded = 0;
    for (let at = 0; at >= 0; at = body.indexOf(10, at + 1)) recorded++;
    response.writeHead(202, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ recorded, duplicates: 0, rejected: 0, results: [] }));
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on('message', () => {
  const ids = bodies.flatMap((body) =>
    body
      .toString()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id),
  );
  bodies.length = 0;
  process.send?.({ received: ids.length, distinct: new Set(ids).size });
});
process.on('disconnect', () => process.exit());
