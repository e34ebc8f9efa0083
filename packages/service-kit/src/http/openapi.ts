import type { Endpoint } from '@retort/contracts';
import { openApiDocument } from '../openapi/document.ts';
import type { Routes } from '../types.ts';
import { apiReference } from './api-reference.ts';

/** OpenAPI 3.1 of the endpoints that are mounted, at `/openapi.json`, and for people at `/docs`. To be registered before any of them. */
export function describeApi(app: Routes, about: { title: string; version: string }): void {
  const mounted = new Set<Endpoint>();
  app.addHook('onRoute', ({ config }) => {
    if (config?.endpoint) mounted.add(config.endpoint);
  });
  let document: object | undefined;
  app.get('/openapi.json', { config: { public: true } }, () => {
    document ??= openApiDocument([...mounted], about);
    return document;
  });
  apiReference(app, about.title);
}
