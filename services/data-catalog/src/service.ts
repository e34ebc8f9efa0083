import { defineService } from '@retort/service-kit';
import { postgresLineage } from './adapters/postgres-lineage.ts';
import { postgresVersions } from './adapters/postgres-versions.ts';
import { readModels } from './adapters/read-models.ts';
import { productRows } from './app/product-rows.ts';
import { config } from './config.ts';
import { lineageRoutes } from './http/lineage.ts';
import { productRoutes } from './http/products.ts';
import { rowRoutes } from './http/rows.ts';
import { versionRoutes } from './http/versions.ts';

export const service = defineService({
  name: 'data-catalog',
  needs: ['database'],
  config,
  migrations: new URL('../migrations', import.meta.url),
  build({ db, http, privacy }) {
    const versions = postgresVersions(db);
    return {
      routes: (app) => {
        productRoutes(app, versions, privacy?.policy.retention ?? {});
        versionRoutes(app, versions);
        rowRoutes(app, productRows(versions, http));
        lineageRoutes(app, { lineage: postgresLineage(db), versions });
      },
      readModels,
    };
  },
});
