import type { Routes } from '@retort/service-kit';
import { receiveBytes } from './body.ts';
import { cloudEventRoutes } from './cloud-events.ts';
import { decisionRoutes } from './decisions.ts';
import type { IngestionParts } from './parts.ts';
import { toolsetRoutes } from './toolsets.ts';

/** The bodies of these routes are stored as they came, so they are received as bytes and checked by this service. */
export async function ingestionRoutes(app: Routes, parts: IngestionParts): Promise<void> {
  receiveBytes(app, [
    'application/json',
    'application/x-ndjson',
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
  ]);
  decisionRoutes(app, parts);
  toolsetRoutes(app, parts);
  cloudEventRoutes(app, parts);
}
