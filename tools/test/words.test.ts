import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filesOf, read } from './repository.ts';

/** Words that no identifier is made of, and what to say instead. docs/glossary.md has the terms. */
const instead: Readonly<Record<string, string>> = {
  room: 'namespace, arena',
  sight: 'observation',
  stretch: 'batch, range',
  promise: 'guarantee',
  promises: 'guarantees',
  promised: 'guaranteed',
  wake: 'trigger, resume',
  wakes: 'triggers',
  woken: 'triggered',
  nudge: 'trigger',
  hear: 'subscribe, receive',
  hears: 'receives',
  heard: 'received',
};
/** Whole identifiers that once stood for a thing that has a name. */
const renamed: Readonly<Record<string, string>> = {
  lookMs: 'pollMs',
  askedGauge: 'gaugeReadOnScrape',
  giveUpLost: 'endLostRuns',
  wakeUps: 'openNotifier',
  Place: 'what it is a position in',
  RunPlace: 'RunPosition',
  placeOf: 'positionOf',
  Parts: 'what the parts make up',
  ServiceParts: 'BuiltService',
};
/** Members of JSON, of the language and of libraries, which have their names from elsewhere. */
const given = new Set([
  'promise',
  'promised',
  'tools_promised',
  'wakes',
  'Promise',
  'PromiseLike',
  'PromiseRejectedResult',
  'LazyPromise',
  'isPromise',
]);
/** The released setting RETORT_CURATION_LOOK_MS goes on working beside pollMs. */
const kept = new Set(['services/curation/src/config.ts lookMs', 'services/curation/src/service.ts lookMs']);

/** The identifiers of a source, comments and texts aside. */
function identifiersOf(source: string): Set<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest));
  return found;
}

function complaintsAbout(identifier: string): string[] {
  if (given.has(identifier)) return [];
  if (/^[A-Z].*[a-z]Parts$/.test(identifier)) return [`${identifier}: say what the parts make up`];
  if (Object.hasOwn(renamed, identifier)) return [`${identifier}: say ${renamed[identifier]}`];
  const words = identifier.split(/(?=[A-Z])|_/).map((word) => word.toLowerCase());
  return words.flatMap((word) => (Object.hasOwn(instead, word) ? [`${identifier}: say ${instead[word]}`] : []));
}

describe('identifiers', () => {
  it('use the words of the field', () => {
    const complaints = filesOf(/^(packages|services|tools|examples)\/.*\.ts$/)
      .filter((path) => path !== 'tools/test/words.test.ts' && !path.startsWith('packages/simulator/src/agents/'))
      .flatMap((path) =>
        [...identifiersOf(read(path))]
          .filter((identifier) => !kept.has(`${path} ${identifier}`))
          .flatMap(complaintsAbout)
          .map((said) => `${path}: ${said}`),
      );
    expect(complaints).toEqual([]);
  });

  it('are found in code and not in comments or texts', () => {
    expect([...identifiersOf("const roomOf = 'stretch'; // sight\n")]).toEqual(['roomOf']);
    expect(complaintsAbout('roomOf')).toEqual(['roomOf: say namespace, arena']);
    expect(complaintsAbout('outlook')).toEqual([]);
  });
});

describe('what a use case needs', () => {
  it('is called its ports, in every service', () => {
    const options = filesOf(/^services\/[^/]+\/src\/(app|http)\/.*\.ts$/).flatMap((path) =>
      [...read(path).matchAll(/\binterface (\w+Options)\b/g)].map(([, name]) => `${path}: ${name}`),
    );
    expect(options).toEqual([]);
  });
});
