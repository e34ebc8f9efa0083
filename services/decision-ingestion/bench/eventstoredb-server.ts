import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { startEventStoreDbServer } from '@retort/testing/eventstoredb';

/** The event store in a process of its own, as the benchmark's child: the server at EVENTSTOREDB_URL, or the wire-level
 *  test server. Tells its parent where it is, and where one reaches it with 20 ms on every way there. */
const given = process.env['EVENTSTOREDB_URL'];
const server = given === undefined ? await startEventStoreDbServer() : undefined;
const connectionString = given ?? server!.connectionString;
const farAway = await delayed(new URL(connectionString), 20);
process.send!({ connectionString, farAway, name: given === undefined ? 'wire-level test server' : 'EVENTSTOREDB_URL' });
process.once('disconnect', () => process.exit(0));

/** A door before the server behind which every byte waits. */
async function delayed(target: URL, milliseconds: number): Promise<string> {
  const forward = (from: Socket, to: Socket) => {
    from.on('data', (chunk) => setTimeout(() => to.write(chunk), milliseconds));
    from.on('close', () => setTimeout(() => to.destroy(), milliseconds));
    from.on('error', () => from.destroy());
  };
  const door = createServer({ noDelay: true }, (inside) => {
    const outside = connect({ port: Number(target.port || 2113), host: target.hostname, noDelay: true });
    forward(inside, outside);
    outside.pipe(inside);
    outside.on('error', () => outside.destroy());
    outside.on('close', () => inside.destroy());
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const url = new URL(target.href);
  url.hostname = '127.0.0.1';
  url.port = String((door.address() as AddressInfo).port);
  return url.href;
}
