import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server as SocketServer, type Socket } from 'node:net';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import { append, type AppendContext } from './append.ts';
import { batchAppend } from './batch-append.ts';
import { faultState, type Faults, type FaultState } from './faults.ts';
import { foreignWrites, type ForeignWrites } from './foreign.ts';
import { serverLog, type ServerLog } from './log.ts';
import { openCalls } from './open-calls.ts';
import { read, type ReadContext } from './read.ts';
import { usersOf, type ServerUser } from './users.ts';

export interface EventStoreDbServerOptions {
  /** A free one when absent. */
  port?: number;
  /** Bytes of the events of one write at most: 1 MiB when absent, as with the real server. */
  maxAppendSize?: number;
  /** Event ids the log remembers for writes that expect nothing in particular; 1 000 000 when absent. */
  recentEventIds?: number;
  /** Encrypts connections and asks who is calling: paths of PEM files for the name `localhost`, and the users. When absent
   *  everybody may do everything, as with the real server's `insecure`. */
  secure?: { key: string; certificate: string; users: readonly ServerUser[] };
}

export interface EventStoreDbServer extends Faults, ForeignWrites {
  connectionString: string;
  /** Of a secure server: how a user connects. */
  connectionStringOf(user: Pick<ServerUser, 'name' | 'password'>): string;
  port: number;
  log: Pick<ServerLog, 'events'>;
  /** Events given to readers and subscribers so far. */
  eventsSent(): number;
  /** Breaks every connection that is open now, without a word. New ones are taken. */
  dropConnections(): Promise<void>;
  /** As if killed: the port no longer answers. Writes that were not answered yet are lost. */
  stop(): Promise<void>;
  /** Listens again on the same port, with the log it had, and without the ids that stood in its memory. */
  restart(): Promise<void>;
  /** Another node leads from now on, with the same log and another memory: every call ends with UNAVAILABLE. */
  changeLeader(): void;
}

/** A **test server** that speaks EventStoreDB's wire protocol, on the client's own gRPC definitions, and keeps its log in
 *  memory. It is faithful in what an adapter must get right: expected versions and their conflicts, which repetitions
 *  count as the same write (with a concrete expectation always, otherwise until it is restarted or loses the lead), commit
 *  and prepare positions, revisions, pages and subscriptions in both directions, filters, checkpoints, `caughtUp`,
 *  deadlines, the size limit, lost connections, replies that are late or never come, denied rights, what others write.
 *
 *  It is no database and no measure of one. It does not write to disk, replicate, form a cluster (no gossip), delete or
 *  tombstone streams, heed metadata of streams other than who reads `$all`, keep limits, resolve links, run projections, serve
 *  persistent subscriptions, explicit transactions or HTTP. It never says `fellBehind`: a subscriber that is slow
 *  is waited for. Its checkpoints come at every interval exactly; the real server sends them at the ends of pages. */
export async function startEventStoreDbServer(options: EventStoreDbServerOptions = {}): Promise<EventStoreDbServer> {
  const log = serverLog({ recentEventIds: options.recentEventIds ?? 1_000_000 });
  const faults = faultState();
  const calls = openCalls();
  let sent = 0;
  const grpc = services({
    log,
    faults,
    calls,
    users: usersOf(options.secure?.users, log),
    maxAppendSize: options.maxAppendSize ?? 1_048_576,
    onSent: () => sent++,
  });
  const injector = grpc.createConnectionInjector(credentialsOf(options));
  const sockets = new Set<Socket>();
  let listener: SocketServer | undefined;

  const listen = async (port: number) => {
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      // A reset is what a cut connection looks like from here.
      socket.on('error', () => sockets.delete(socket));
      injector.injectConnection(socket);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    listener = server;
    becomeLeader(log);
    return (server.address() as { port: number }).port;
  };
  const cut = async () => {
    await Promise.all(
      [...sockets].map(async (socket) => {
        // (Not `once`: a connection that its client has left cannot be reset, and says so with an error.)
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.resetAndDestroy();
        await closed;
      }),
    );
  };
  const stop = async () => {
    const server = listener;
    listener = undefined;
    faults.die();
    const closed = server && once(server, 'close');
    server?.close();
    await cut();
    await closed;
  };

  const port = await listen(options.port ?? 0);
  return {
    connectionString: `esdb://127.0.0.1:${port}?tls=false`,
    connectionStringOf: ({ name, password }) =>
      `esdb://${name}:${encodeURIComponent(password)}@localhost:${port}?tlsCaFile=${options.secure?.certificate}`,
    port,
    log,
    eventsSent: () => sent,
    ...faults,
    ...foreignWrites(log),
    dropConnections: cut,
    stop,
    restart: async () => {
      await stop();
      log.forget();
      await listen(port);
    },
    changeLeader: () => {
      log.forget();
      becomeLeader(log);
      calls.endAll('The leader has changed.');
    },
  };
}

function credentialsOf({ secure }: EventStoreDbServerOptions): ServerCredentials {
  if (!secure) return ServerCredentials.createInsecure();
  const pair = { private_key: readFileSync(secure.key), cert_chain: readFileSync(secure.certificate) };
  return ServerCredentials.createSsl(null, [pair]);
}

function services(context: AppendContext & ReadContext): Server {
  const grpc = new Server();
  grpc.addService(StreamsService, {
    read: read(context),
    append: append(context),
    batchAppend: batchAppend(context),
  });
  grpc.addService(ServerFeaturesService, { getSupportedMethods: supportedMethods(context.faults) });
  return grpc;
}

function supportedMethods(
  faults: FaultState,
): handleUnaryCall<unknown, InstanceType<typeof features.SupportedMethods>> {
  return (_call, answer) => {
    const refusal = faults.refusal();
    if (refusal) return answer(refusal);
    const methods = ['read', 'append', 'batchappend'].map((name) =>
      new features.SupportedMethod().setMethodName(name).setServiceName('event_store.client.streams.Streams'),
    );
    answer(null, new features.SupportedMethods().setMethodsList(methods).setEventStoreServerVersion('23.10.0'));
  };
}

/** The real log too has events of the server's own, which a client must leave out. */
function becomeLeader(log: ServerLog): void {
  const event = {
    id: randomUUID(),
    type: '$EpochInformation',
    contentType: 'application/json',
    data: Buffer.from('{}'),
    metadata: new Uint8Array(),
  };
  log.append({ stream: '$epoch-information', expected: 'any', events: [event] });
}
