import fc from 'fast-check';
import { isFault } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { decodeArtifact, encodeArtifact } from '../src/artifact.ts';
import { quantize } from '../src/head/quantize.ts';

const sections = {
  bytes: Int8Array.from([-127, 0, 5]),
  floats: Float32Array.from([1.5, -2.25]),
  integers: Int32Array.from([-1, 2 ** 31 - 1]),
  blob: Uint8Array.from([255]),
};

describe('an artifact', () => {
  it('gives back what was put in, wherever its bytes lie in memory', () => {
    const artifact = encodeArtifact({ name: 'ärger' }, sections);
    for (const shift of [0, 1, 8]) {
      const shifted = new Uint8Array(artifact.length + shift).subarray(shift);
      shifted.set(artifact);
      const { header, section } = decodeArtifact(shifted);
      expect(header).toEqual({ name: 'ärger' });
      for (const [name, content] of Object.entries(sections)) expect(section(name)).toEqual(content);
    }
  });

  it('is refused when any byte of it changed, or it is cut short', () => {
    const artifact = encodeArtifact({ name: 'x' }, sections);
    const refused = (bytes: Uint8Array) => {
      try {
        decodeArtifact(bytes);
        return false;
      } catch (error) {
        return isFault(error, 'student.artifact-corrupt') || isFault(error, 'student.artifact-format');
      }
    };
    for (let index = 0; index < artifact.length; index++) {
      const changed = artifact.slice();
      changed[index]! ^= 0x10;
      expect(refused(changed), `byte ${index}`).toBe(true);
    }
    for (let length = 0; length < artifact.length; length++) expect(refused(artifact.slice(0, length))).toBe(true);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), refused));
  });
});

describe('quantised weights', () => {
  it('are within half a step of the originals', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: 6, maxLength: 6 }), (list) => {
        const { bytes, scales } = quantize(Float32Array.from(list), 3);
        list.forEach((value, index) => {
          const scale = scales[Math.floor(index / 3)]!;
          expect(Math.abs(scale * bytes[index]! - value)).toBeLessThanOrEqual(scale * 0.5001 + 1e-40);
        });
      }),
    );
  });
});
