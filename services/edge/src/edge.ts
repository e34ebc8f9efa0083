import { endpoints, type Endpoint, type Owner } from '@retort/contracts';
import { openServer, routerPath, type OpenServer } from '@retort/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { addressesOf, services, type Config } from './config.ts';
import { forwarding } from './forward.ts';
import { connections } from './replicas.ts';

/** Serves every endpoint of the platform by passing its requests to the service that owns it. It keeps nothing and knows no
 *  key: who may call is for the service to say. */
export async function startEdge(config: Config, log: Logger): Promise<OpenServer> {
  const opened = connections(config);
  const replicasOf = (owner: Owner) => opened.replicasOf(owner, addressesOf(config, owner));
  const forward = new Map(
    [...services, 'access' as const].map((owner) => [owner, forwarding(replicasOf(owner), config.largestBody)]),
  );
  const checks = Object.fromEntries(
    services.map((service) => [service, { reached: () => replicasOf(service).ready() }]),
  );
  const server = await openServer({
    name: 'edge',
    config,
    log,
    // One service that is away does not take the others along.
    health: { checks: () => checks, suffices: (answers) => answers.includes('ok') },
    routes(app) {
      // Bodies are passed on as they come.
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', (_request, _body, done) => done(null));
      if (config.accessLog)
        app.addHook('onResponse', (request, reply, done) => {
          request.log.info(accessLine(request, reply), 'request');
          done();
        });
      for (const endpoint of endpoints)
        for (const path of pathsOf(endpoint))
          app.route({
            method: endpoint.method,
            url: routerPath(path),
            config: { public: true, endpoint },
            handler: forward.get(endpoint.owner)!,
          });
    },
  });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await opened.close();
    },
  };
}

function pathsOf({ path, formerPath }: Endpoint): string[] {
  return formerPath === undefined ? [path] : [path, formerPath];
}

/** What a request was and became, without its query, its body or its key. */
function accessLine(request: FastifyRequest, reply: FastifyReply): Record<string, unknown> {
  const { endpoint } = request.routeOptions.config;
  return {
    method: request.method,
    path: request.url.split('?', 1)[0],
    owner: endpoint?.owner,
    status: reply.raw.statusCode,
    milliseconds: Math.round(reply.elapsedTime * 100) / 100,
    address: request.ip,
    complete: reply.raw.writableFinished,
  };
}
