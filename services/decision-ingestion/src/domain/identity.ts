import { nameBasedId } from '@retort/kernel';

/** Namespaces of name-based ids (RFC 9562). Fixed for ever: they tie an event to what it reports. */
const outcomes = '0c5f7d52-93ab-5c0f-8b0a-4e2d96c1a822';
const toolsets = 'b8a4e3d6-2f17-5b64-a1c9-7d3f52e08f33';

export const outcomeEventId = (tenant: string, id: string, key: string) =>
  nameBasedId(outcomes, JSON.stringify([tenant, id, key]));
export const toolsetEventId = (tenant: string, digest: string, name: string | null) =>
  nameBasedId(toolsets, JSON.stringify([tenant, digest, name]));
