import { writeFileSync } from 'node:fs';
import { gatewayRoutes } from '../src/gateway-routes.ts';

const file = new URL('../../../charts/retort/routes.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(gatewayRoutes(), null, 2)}\n`);
