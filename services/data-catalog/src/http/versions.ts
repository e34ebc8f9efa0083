import { getDataProductQuality, getDataProductVersion, listDataProductVersions } from '@retort/contracts';
import { digestOfJson, fault } from '@retort/kernel';
import { mount, pageMap, pageOf, tagged, verbatim, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import type { Versions } from '../app/versions.ts';
import { productOf } from './products.ts';

const position = z.string().regex(/^\d{1,20}\/\d{1,20}$/);

export function versionRoutes(app: Routes, versions: Versions): void {
  mount(app, listDataProductVersions, async ({ params, query, caller: { tenant } }) => {
    const product = productOf(params.name);
    const page = await pageOf({
      area: 'catalog',
      query: { ...query, product },
      position,
      read: (after, limit) => versions.list({ tenant, product, after, limit }),
      positionOf: (version) => version.position,
    });
    return verbatim(pageMap(page, ({ view }) => view));
  });

  mount(app, getDataProductVersion, async ({ params, caller: { tenant }, request }) => {
    const product = productOf(params.name);
    const { metrics: _, ...view } = known(await versions.find({ tenant, product, version: params.version }));
    return tagged(`"${view.digest ?? digestOfJson(view)}"`, verbatim(view), request);
  });

  mount(app, getDataProductQuality, async ({ params, query, caller: { tenant } }) => {
    const product = productOf(params.name);
    const version = query.version ?? (await versions.newest({ tenant, product }));
    if (version === null) throw fault('catalog.no-version', { public: 'This product has no version yet.' });
    const found = known(await versions.find({ tenant, product, version }));
    return { product, version: found.version, measured_at: found.created_at, metrics: found.metrics };
  });
}

export function known<Version>(version: Version | null): Version {
  if (version !== null) return version;
  throw fault('catalog.no-such-version', { public: 'There is no such version of this data product.' });
}
