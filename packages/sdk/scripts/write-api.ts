import { writeFileSync } from 'node:fs';
import { apiFile, apiSource } from './api.ts';

writeFileSync(apiFile, await apiSource());
