import { canonicalJson, fault, hash32, type JsonObject } from '@retort/kernel';
import type { ArgumentPrograms } from './program.ts';

/** "RARG" and the version of the form. */
const magic = [0x52, 0x41, 0x52, 0x47, 1];

/** The programs as bytes, the same for the same programs: a header, the canonical JSON of what is small, the sparse
 *  weights as 16-bit steps of their table's largest, and a checksum. */
export function encodeArguments(programs: ArgumentPrograms): Uint8Array {
  const { tagger, gazetteer, choice, ...small } = programs;
  const writer = byteWriter();
  for (const byte of magic) writer.byte(byte);
  writer.block(new TextEncoder().encode(canonicalJson(small)));
  writer.keys(tagger.keys);
  writer.varints(Array.from(tagger.keys, (_, row) => tagger.offsets[row + 1]! - tagger.offsets[row]!));
  writer.varints(tagger.labels);
  writer.weights(tagger.weights);
  writer.keys(tagger.transitionKeys);
  writer.weights(tagger.transitionWeights);
  writer.keys(gazetteer.phrases);
  writer.varints(gazetteer.slots);
  writer.keys(choice.keys);
  writer.weights(choice.weights);
  return writer.finish();
}

/** Reads what `encodeArguments` wrote; fails with `student.artifact-corrupt` on anything else. */
export function decodeArguments(bytes: Uint8Array): ArgumentPrograms {
  const body = verified(bytes);
  try {
    const reader = byteReader(body);
    for (let index = 0; index < magic.length; index++) reader.byte();
    const small = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(reader.block())) as JsonObject;
    const keys = reader.keys();
    const offsets = Uint32Array.from([0, ...runningSums(reader.varints())]);
    const tagger = {
      keys,
      offsets,
      labels: Uint16Array.from(reader.varints()),
      weights: reader.weights(),
      transitionKeys: reader.keys(),
      transitionWeights: reader.weights(),
    };
    const gazetteer = { phrases: reader.keys(), slots: Uint16Array.from(reader.varints()) };
    const choice = { keys: reader.keys(), weights: reader.weights() };
    return {
      ...(small as unknown as Omit<ArgumentPrograms, 'tagger' | 'gazetteer' | 'choice'>),
      tagger,
      gazetteer,
      choice,
    };
  } catch (cause) {
    throw corrupt('its parts do not fit together', cause);
  }
}

function verified(bytes: Uint8Array): Uint8Array {
  if (bytes.length < magic.length + 4 || magic.some((byte, index) => index < 4 && bytes[index] !== byte))
    throw corrupt('these bytes are not argument programs');
  if (bytes[4] !== magic[4]) throw corrupt(`version ${bytes[4]} of the argument programs is not known here`);
  const body = bytes.subarray(0, bytes.length - 4);
  const stored = new DataView(bytes.buffer, bytes.byteOffset + body.length, 4).getUint32(0, true);
  if (stored !== checksum(body)) throw corrupt('the checksum of the argument programs is wrong');
  return body;
}

function corrupt(what: string, cause?: unknown): Error {
  return fault('student.artifact-corrupt', {
    public: `The student cannot be read: ${what}.`,
    cause,
  });
}

function checksum(bytes: Uint8Array): number {
  let hash = hash32(String(bytes.length)) | 0;
  for (let index = 0; index < bytes.length; index++) hash = Math.imul(hash ^ bytes[index]!, 0x01000193) ^ (hash >>> 17);
  return hash >>> 0;
}

function* runningSums(counts: readonly number[]): Generator<number> {
  let sum = 0;
  for (const count of counts) yield (sum += count);
}

function byteWriter() {
  let bytes = new Uint8Array(1 << 16);
  let used = 0;
  const reserve = (count: number) => {
    if (used + count <= bytes.length) return;
    const grown = new Uint8Array(Math.max(bytes.length * 2, used + count));
    grown.set(bytes);
    bytes = grown;
  };
  const byte = (value: number) => {
    reserve(1);
    bytes[used++] = value;
  };
  const varint = (value: number) => {
    let rest = value;
    while (rest >= 128) {
      byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    byte(rest);
  };
  const fixed = (size: number, write: (view: DataView) => void) => {
    reserve(size);
    write(new DataView(bytes.buffer, used, size));
    used += size;
  };
  return {
    byte,
    block(content: Uint8Array): void {
      varint(content.length);
      reserve(content.length);
      bytes.set(content, used);
      used += content.length;
    },
    varints(values: ArrayLike<number>): void {
      varint(values.length);
      for (let index = 0; index < values.length; index++) varint(values[index]!);
    },
    keys(values: Int32Array): void {
      varint(values.length);
      for (const value of values) fixed(4, (view) => view.setInt32(0, value, true));
    },
    weights(values: Float32Array): void {
      varint(values.length);
      const step = weightStep(values);
      fixed(4, (view) => view.setFloat32(0, step, true));
      for (const value of values) fixed(2, (view) => view.setInt16(0, Math.round(value / step), true));
    },
    finish(): Uint8Array {
      const sum = checksum(bytes.subarray(0, used));
      fixed(4, (view) => view.setUint32(0, sum, true));
      return bytes.slice(0, used);
    },
  };
}

function weightStep(values: Float32Array): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest === 0 ? 1 : Math.fround(largest / 32767);
}

function byteReader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const byte = () => view.getUint8(at++);
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const part = byte();
      value += (part % 128) * scale;
      if (part < 128) return value;
    }
  };
  const count = (size: number) => {
    const many = varint();
    if (many * size > bytes.length - at) throw new RangeError('a count exceeds the bytes that are left');
    return many;
  };
  return {
    byte,
    block(): Uint8Array {
      const length = count(1);
      at += length;
      return bytes.subarray(at - length, at);
    },
    varints: (): number[] => Array.from({ length: count(1) }, varint),
    keys(): Int32Array {
      const values = new Int32Array(count(4));
      for (let index = 0; index < values.length; index++, at += 4) values[index] = view.getInt32(at, true);
      return values;
    },
    weights(): Float32Array {
      const values = new Float32Array(count(2));
      const step = view.getFloat32(at, true);
      at += 4;
      for (let index = 0; index < values.length; index++, at += 2) values[index] = view.getInt16(at, true) * step;
      return values;
    },
  };
}
