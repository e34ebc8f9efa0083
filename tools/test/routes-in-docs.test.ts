import { endpoints } from '@retort/contracts';
import { describe, expect, it } from 'vitest';
import { filesOf, read } from './repository.ts';

const paths = Object.values(endpoints).map(({ path }) => path.split('/'));

/** Whether a route has this path, or one that begins with it. A parameter takes any segment; `:verb` belongs to the last. */
function exists(named: string): boolean {
  const segments = named.split('/');
  return paths.some(
    (path) => path.length >= segments.length && segments.every((segment, index) => fits(segment, path[index]!)),
  );
}

function fits(segment: string, declared: string): boolean {
  const [name, verb] = segment.split(':');
  const [parameter, action] = declared.split(':');
  return (parameter!.startsWith('{') || name === parameter) && (verb === undefined || verb === action);
}

/** The routes that a document names: up to where a query, an option in brackets or an ellipsis begins. */
const named = (text: string): string[] =>
  [...text.matchAll(/\/api\/v1\/[a-z][\w/:{}-]*/g)].map(([path]) => path.replace(/[/:]+$/, ''));

describe('a document', () => {
  it('names routes that exist', () => {
    // Guides of what to add show routes that are not there yet; records of decisions and of changes, those of their time.
    const documents = filesOf(/[.]md$/).filter((path) => !/^docs[/](adr|how-to[/]add-)|^CHANGELOG/.test(path));
    const routes = documents.flatMap((document) => named(read(document)).map((path) => ({ document, path })));
    expect(routes.length).toBeGreaterThan(50);
    expect(routes.filter(({ path }) => !exists(path))).toEqual([]);
  });

  it('could not name one that does not', () => {
    expect(exists('/api/v1/decisions/42/history')).toBe(true);
    expect(exists('/api/v1/decisions/42/histories')).toBe(false);
    expect(exists('/api/v1/decisions:batched')).toBe(false);
  });
});
