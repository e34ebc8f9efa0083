import type { Logger } from 'pino';
import { lazyLog } from '../lazy-log.ts';
import { requestFields } from '../log.ts';
import type { Routes, BuiltService } from '../types.ts';

export interface Mount {
  name: string;
  log: Logger;
  routes: BuiltService['routes'];
}

/** Gives a service a scope of the shared server: its hooks and parsers are its own, its routes bear its name. */
export async function mountService(app: Routes, { name, log, routes }: Mount): Promise<void> {
  if (!routes) return;
  await app.register(async (scope) => {
    scope.setChildLoggerFactory((_parent, bindings, options, request) =>
      lazyLog(() => log.child(requestFields(bindings, request.headers), options)),
    );
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, service: name };
    });
    await routes(scope as Routes);
  });
}
