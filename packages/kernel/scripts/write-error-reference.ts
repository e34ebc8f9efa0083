import { writeFileSync } from 'node:fs';
import { errorReference } from '../src/errors/reference.ts';

writeFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), errorReference());
