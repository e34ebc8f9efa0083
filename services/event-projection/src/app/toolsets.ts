import type { ToolDefinition } from '@retort/contracts';

export interface ToolsetReader {
  /** Digest → tools, of those the tenant has. */
  find(tenant: string, digests: Iterable<string>): Promise<Map<string, ToolDefinition[]>>;
  nameOf(tenant: string, digest: string): Promise<string | null>;
}
