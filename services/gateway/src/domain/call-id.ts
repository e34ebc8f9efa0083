const uuid = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;
const prefix = 'call_';
const hexDigits = 32;

/** The id of a student's call: it tells its decision, so that every process knows whose outcome is reported by it. Providers take
 *  ids of 40 characters at most. */
export function callId(decisionId: string, index: number): string {
  return `${prefix}${decisionId.replaceAll('-', '')}${index.toString(36)}`;
}

/** The decision behind the id of a student's call; undefined for a provider's own. */
export function decisionOfCall(id: string): string | undefined {
  const parts = id.startsWith(prefix) ? uuid.exec(id.slice(prefix.length, prefix.length + hexDigits)) : null;
  return parts && id.length > prefix.length + hexDigits ? parts.slice(1).join('-') : undefined;
}
