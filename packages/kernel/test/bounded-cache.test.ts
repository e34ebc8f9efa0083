import { describe, expect, it } from 'vitest';
import { boundedCache } from '../src/index.ts';

describe('a bounded cache', () => {
  it('forgets what was not used for longest', () => {
    const cache = boundedCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  });

  it('counts weights, those of replaced and deleted entries no more', () => {
    const cache = boundedCache<string>(10);
    cache.set('a', 'heavy', 9);
    cache.set('a', 'light', 4);
    cache.set('b', 'b', 6);
    expect(cache.get('a')).toBe('light');
    cache.delete('a');
    cache.set('c', 'c', 4);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([undefined, 'b', 'c']);
  });

  it('keeps the newest entry even where it alone is too heavy', () => {
    const cache = boundedCache<string>(10);
    cache.set('a', 'a', 5);
    cache.set('b', 'b', 50);
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 'b']);
  });
});
