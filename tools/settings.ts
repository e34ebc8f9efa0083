import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartSettings } from './settings/chart.ts';
import { settingsReference } from './settings/reference.ts';
import { root } from './test/repository.ts';

/** `pnpm docs:settings` */
writeFileSync(join(root, 'docs/reference/settings.md'), await settingsReference());
writeFileSync(join(root, 'charts/retort/settings.json'), await chartSettings());
