import type { Content } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { IncomingHttpHeaders } from 'node:http';
import Negotiator from 'negotiator';

export const mediaTypes = {
  json: 'application/json',
  lines: 'application/x-ndjson',
  events: 'text/event-stream',
} as const;

export type Form = keyof typeof mediaTypes | 'bytes';

/** The forms of an answer with their media types, the preferred one first. */
export function offered({ json, lines, events, bytes = [] }: Content): [mediaType: string, form: Form][] {
  return [
    ...(json ? [[mediaTypes.json, 'json'] as [string, Form]] : []),
    ...(lines ? [[mediaTypes.lines, 'lines'] as [string, Form]] : []),
    ...(events ? [[mediaTypes.events, 'events'] as [string, Form]] : []),
    ...bytes.map((mediaType): [string, Form] => [mediaType, 'bytes']),
  ];
}

/** The form the caller wants most. Whoever accepts any, or says nothing, gets the first.
 *  @throws `request.not-acceptable` (406) when nothing that is offered is accepted */
export function wantedForm(forms: readonly (readonly [string, Form])[], headers: IncomingHttpHeaders): Form {
  const first = forms[0];
  const { accept } = headers;
  if (!first) return 'json';
  if (accept === undefined || accept === '*/*' || accept === first[0]) return first[1];
  const available = forms.map(([mediaType]) => mediaType);
  const wanted = new Negotiator({ headers }).mediaTypes(available)[0];
  const form = forms.find(([mediaType]) => mediaType === wanted)?.[1];
  if (form) return form;
  throw fault('request.not-acceptable', { public: `This resource answers with ${available.join(', ')}.` });
}

/** Whether the caller would rather have the body compressed than not. */
export function wantsGzip(headers: IncomingHttpHeaders): boolean {
  if (headers['accept-encoding'] === undefined) return false;
  return new Negotiator({ headers }).encodings(['gzip', 'identity'])[0] === 'gzip';
}
