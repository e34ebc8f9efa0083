import type { Format } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { RE2JS } from 're2js';

/** The formats of `ajv-formats`, those that are patterns on the linear engine. Two have look-around and are linear as they are
 *  (`duration`, `hostname`); the pattern of `url` is not, so that a URL is checked as the URI that it is. */
export const linearFormats: Record<string, Format> = Object.fromEntries(
  Object.entries<Format>({ ...fullFormats, url: fullFormats.uri }).map(([name, format]) => [
    name,
    format instanceof RegExp && !lookAround(format) ? linear(format) : format,
  ]),
);

function lookAround({ source }: RegExp): boolean {
  return /\(\?<?[=!]/.test(source);
}

function linear(format: RegExp): (text: string) => boolean {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(format));
  return (text) => compiled.test(text);
}
