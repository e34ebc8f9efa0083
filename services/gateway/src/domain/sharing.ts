import { digestOfParts } from '@retort/kernel';

/** What an answer may depend on besides the body. Others differ from one request to the next and change nothing. */
const answering = /^(authorization|content-type|accept|accept-encoding|api-key|openai-.*|anthropic-.*)$/;

interface Told {
  tenant: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  raw: Uint8Array;
}

/** The same for requests of a tenant that say the same to the same account, byte for byte. */
export function sharingKey({ tenant, path, headers, raw }: Told): string {
  const told = Object.entries(headers)
    .filter(([name]) => answering.test(name))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return digestOfParts([Buffer.from(JSON.stringify([tenant, path, told])), raw]);
}

/** Whether the same request is meant to be answered the same way. */
export const isDeterministic = ({ temperature, seed }: Record<string, unknown>): boolean =>
  temperature === 0 || typeof seed === 'number';

/** Whether the caller takes an answer that was given before. */
export const mayBeOld = ({ 'cache-control': control = '' }: Readonly<Record<string, string>>): boolean =>
  !/no-cache|no-store/.test(control);
