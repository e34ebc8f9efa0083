import type { ProductName, ProductQuality, ProductVersion } from '@retort/contracts';

export interface ProductOfTenant {
  tenant: string;
  product: ProductName;
}

/** The versions of the data products, as events announced them. */
export interface Versions {
  newestOfEach(tenant: string): Promise<ReadonlyMap<ProductName, string>>;
  /** The newest, or the newest of a moment (ISO 8601). */
  newest(product: ProductOfTenant, recordedAsOf?: string | null): Promise<string | null>;
  find(
    version: ProductOfTenant & { version: string },
  ): Promise<(ProductVersion & Pick<ProductQuality, 'metrics'>) | null>;
  /** The newest first; `after` is a position of the log. */
  list(
    query: ProductOfTenant & { after: string | null; limit: number },
  ): Promise<{ view: ProductVersion; position: string }[]>;
}
