import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboard } from './dashboards/dashboard.ts';
import { root } from './test/repository.ts';

/** `pnpm docs:dashboards` */
const folder = join(root, 'observability/grafana/dashboards');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'retort.json'), `${JSON.stringify(dashboard(), null, 2)}\n`);
