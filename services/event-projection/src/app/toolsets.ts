import type { ToolDefinition } from '@retort/contracts';
import type { FaultPointer } from '@retort/kernel';

export interface ToolsetRegistration {
  name: string | null;
  /** Keywords of the tools' schemas that go unchecked. */
  unchecked: FaultPointer[];
}

export interface ToolsetReader {
  /** Digest → tools, of those the tenant has. */
  find(tenant: string, digests: Iterable<string>): Promise<Map<string, ToolDefinition[]>>;
  /** What else is on record of a toolset that the tenant has. */
  registrationOf(tenant: string, digest: string): Promise<ToolsetRegistration>;
}
