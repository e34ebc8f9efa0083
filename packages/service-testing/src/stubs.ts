import type { Endpoint } from '@retort/contracts';
import { defineService, mount, type Handler, type ServiceDefinition } from '@retort/service-kit';
import { z } from 'zod';

type Routes = Parameters<typeof mount>[0];

/** An endpoint of another service, answered by the test. */
export interface Stub {
  mountOn(app: Routes): void;
}

export function stub<E extends Endpoint>(endpoint: E, handler: Handler<E>): Stub {
  return { mountOn: (app) => mount(app, endpoint, handler) };
}

/** The other services, as one that is hosted beside the service under test. */
export function stubbedServices(stubs: readonly Stub[]): ServiceDefinition {
  return defineService({
    name: 'stubs',
    needs: ['database'],
    config: z.object({}),
    build: () => ({
      routes: (app) => {
        for (const { mountOn } of stubs) mountOn(app);
      },
    }),
  });
}
