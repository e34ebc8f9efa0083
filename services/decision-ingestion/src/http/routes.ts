import type { Routes } from '@retort/service-kit';
import { cloudEventRoutes } from './cloud-events.ts';
import { decisionRoutes } from './decisions.ts';
import type { IngestionPorts } from './ports.ts';
import { toolsetRoutes } from './toolsets.ts';
import { traceRoutes } from './traces.ts';

export function ingestionRoutes(app: Routes, ports: IngestionPorts): void {
  decisionRoutes(app, ports);
  toolsetRoutes(app, ports);
  cloudEventRoutes(app, ports);
  traceRoutes(app, ports);
}
