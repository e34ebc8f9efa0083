import type { Readable } from 'node:stream';
import type { Endpoint } from '@retort/contracts';
import type { z } from 'zod';

export type Headers = Readonly<Record<string, string>>;

/** A status, a body and headers, where a handler gives more than the body. */
export class Answer<Status extends number = number, Body = unknown> {
  readonly status: Status;
  readonly body: Body;
  readonly headers: Headers;
  constructor(status: Status, body: Body, headers: Headers) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export function answer<Status extends number, Body>(
  status: Status,
  body: Body,
  headers: Headers = {},
): Answer<Status, Body> {
  return new Answer(status, body, headers);
}

/** Long work goes on: where to watch it. */
export function accepted<Body>(body: Body, location: string): Answer<202, Body> {
  return new Answer(202, body, { location });
}

/** 304 when the caller has this version already: `If-None-Match` may name several. */
export function tagged<Body>(
  tag: string,
  body: Body,
  request: { headers: { 'if-none-match'?: string | undefined } },
): Answer<200, Body> | Answer<304, null> {
  const headers = { etag: tag };
  const held = request.headers['if-none-match']?.split(',').map((one) => one.trim());
  return held?.includes(tag) ? new Answer(304, null, headers) : new Answer(200, body, headers);
}

/** JSON that was checked where it came from: it is sent as it stands, not walked a second time. */
export class Verbatim<Body = unknown> {
  readonly value: Body;
  constructor(value: Body) {
    this.value = value;
  }
}
export function verbatim<Body>(value: Body): Verbatim<Body> {
  return new Verbatim(value);
}

/** NDJSON at the reader's pace: objects, a line each, or text of whole lines. */
export class Lines<Line = unknown> {
  readonly rows: AsyncIterable<Line | string>;
  constructor(rows: AsyncIterable<Line | string>) {
    this.rows = rows;
  }
}
export function lines(rows: AsyncIterable<string>): Lines<never>;
export function lines<Line extends object>(rows: AsyncIterable<Line>): Lines<Line>;
export function lines(rows: AsyncIterable<object | string>): Lines<object> {
  return new Lines(rows);
}

/** One event of a `text/event-stream`. */
export interface ServerSentEvent {
  event: string;
  data: unknown;
  /** What `Last-Event-ID` resumes after. */
  id?: number | string;
}
export class Events {
  readonly events: AsyncIterable<ServerSentEvent>;
  constructor(events: AsyncIterable<ServerSentEvent>) {
    this.events = events;
  }
}
export function serverSentEvents(events: AsyncIterable<ServerSentEvent>): Events {
  return new Events(events);
}

/** A body that is not JSON. */
export class Bytes {
  readonly content: Uint8Array | string | Readable;
  readonly mediaType: string;
  constructor(content: Uint8Array | string | Readable, mediaType: string) {
    this.content = content;
    this.mediaType = mediaType;
  }
}
export function bytes(content: Uint8Array | string | Readable, mediaType: string): Bytes {
  return new Bytes(content, mediaType);
}

/** The answer of another server, handed on as it came: its status, its headers, its bytes. */
export class HandedOn {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly content: Uint8Array | Readable;
  constructor(status: number, headers: HandedOn['headers'], content: HandedOn['content']) {
    this.status = status;
    this.headers = headers;
    this.content = content;
  }
}
export function handedOn(status: number, headers: HandedOn['headers'], content: HandedOn['content']): HandedOn {
  return new HandedOn(status, headers, content);
}

type FormsOf<Body> = Body extends null
  ? null
  : Body extends z.ZodType
    ? z.input<Body> | Verbatim<z.input<Body>>
    : | (Body extends { json: infer Schema extends z.ZodType } ? z.input<Schema> | Verbatim<z.input<Schema>> : never)
      | (Body extends { lines: infer Schema extends z.ZodType } ? Lines<z.input<Schema>> : never)
      | (Body extends { events: object } ? Events : never)
      | (Body extends { bytes: readonly string[] } ? Bytes : never);

/** What a handler may return: an answer of any status the endpoint names, or a body alone where there is one status. */
export type Answers<E extends Endpoint> =
  DeclaredAnswers<E> | (E extends { authorization: 'upstream' } ? HandedOn : never);

type DeclaredAnswers<E extends Endpoint> = {
  [Status in keyof E['response'] & number]:
    | Answer<Status, FormsOf<E['response'][Status]>>
    | (IsUnion<keyof E['response']> extends true ? never : FormsOf<E['response'][Status]>);
}[keyof E['response'] & number];

type IsUnion<Type, Whole = Type> = Type extends Whole ? ([Whole] extends [Type] ? false : true) : never;
