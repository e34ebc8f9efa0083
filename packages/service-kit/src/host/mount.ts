import type { Logger } from 'pino';
import { traceFields } from '../log.ts';
import { traceOf } from '../trace.ts';
import type { Routes, ServiceParts } from '../types.ts';

export interface Mount {
  name: string;
  log: Logger;
  routes: ServiceParts['routes'];
}

/** Gives a service a scope of the shared server: its hooks and parsers are its own, its routes bear its name. */
export async function mountService(app: Routes, { name, log, routes }: Mount): Promise<void> {
  if (!routes) return;
  await app.register(async (scope) => {
    scope.setChildLoggerFactory((_parent, bindings, options, request) => {
      const requestId = String(bindings['reqId']);
      return log.child({ request_id: requestId, ...traceFields(traceOf(request.headers, requestId)) }, options);
    });
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, service: name };
    });
    await routes(scope as Routes);
  });
}
