import { getStatus } from '@retort/contracts';
import { mount, type Routes } from '@retort/service-kit';
import { statusOf, type StatusPorts } from '../app/status.ts';

export function statusRoutes(app: Routes, ports: StatusPorts): void {
  mount(app, getStatus, ({ caller: { tenant }, trace }) => statusOf(ports, tenant, trace));
}
