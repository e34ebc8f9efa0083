import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './test/repository.ts';
import { settingsReference } from './settings/reference.ts';

/** `pnpm docs:settings` */
writeFileSync(join(root, 'docs/reference/settings.md'), await settingsReference());
