import { runService } from '@retort/service-kit';
import { service } from './service.ts';

await runService(service);
