import { digestOfParts, fault, type JsonValue } from '@retort/kernel';

/** One self-contained file: magic and format version, SHA-256 of all that follows, a JSON header, and aligned arrays.
 *  Little-endian throughout. */
const MAGIC = 'RETORTST';
export const FORMAT = 5;
const CHECKSUM = 16;
const PREAMBLE = 48;
const ALIGNMENT = 8;

export type Section = Int8Array | Uint8Array | Int32Array | Float32Array;

interface SectionEntry {
  name: string;
  type: 'i8' | 'u8' | 'i32' | 'f32';
  offset: number;
  length: number;
}

export function encodeArtifact(header: JsonValue, sections: Readonly<Record<string, Section>>): Uint8Array {
  let offset = 0;
  const entries: SectionEntry[] = Object.entries(sections).map(([name, section]) => {
    const entry = { name, type: typeOf(section), offset, length: section.length };
    offset = aligned(offset + section.byteLength);
    return entry;
  });
  const head = Buffer.from(JSON.stringify({ header, sections: entries }), 'utf8');
  const start = aligned(PREAMBLE + head.length);
  const bytes = new Uint8Array(start + offset);
  bytes.set(Buffer.from(MAGIC, 'latin1'), 0);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, FORMAT, true);
  view.setUint32(12, head.length, true);
  bytes.set(head, PREAMBLE);
  for (const { name, offset: at } of entries) {
    const section = sections[name]!;
    bytes.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), start + at);
  }
  bytes.set(checksum(bytes), CHECKSUM);
  return bytes;
}

/** Reads an artifact without copying its arrays. Fault `student.artifact-corrupt` when anything about it is wrong,
 *  `student.artifact-format` when a version with another format wrote it. */
export function decodeArtifact(artifact: Uint8Array): { header: JsonValue; section: (name: string) => Section } {
  // The arrays are views and must be aligned; a caller's buffer may start anywhere.
  const bytes = artifact.byteOffset % ALIGNMENT === 0 ? artifact : artifact.slice();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < PREAMBLE || buffer.toString('latin1', 0, 8) !== MAGIC)
    throw corrupt('it is not a student artifact');
  const format = buffer.readUInt32LE(8);
  if (format !== FORMAT)
    throw fault('student.artifact-format', {
      public: `The student artifact has format ${format}; this version reads format ${FORMAT}.`,
    });
  if (!checksum(buffer).equals(buffer.subarray(CHECKSUM, PREAMBLE)))
    throw corrupt('its checksum does not match its content');
  const headLength = buffer.readUInt32LE(12);
  if (PREAMBLE + headLength > buffer.length) throw corrupt('its header is cut short');
  const { header, sections } = JSON.parse(buffer.toString('utf8', PREAMBLE, PREAMBLE + headLength)) as {
    header: JsonValue;
    sections: SectionEntry[];
  };
  const start = aligned(PREAMBLE + headLength);
  const section = (name: string): Section => {
    const entry = sections.find((candidate) => candidate.name === name);
    if (!entry) throw corrupt(`its section ${name} is missing`);
    const at = bytes.byteOffset + start + entry.offset;
    if (at + entry.length * WIDTH[entry.type] > bytes.byteOffset + bytes.byteLength)
      throw corrupt(`its section ${name} is cut short`);
    return VIEW[entry.type](bytes.buffer, at, entry.length);
  };
  return { header, section };
}

/** Of everything but the checksum itself. */
function checksum(bytes: Uint8Array): Buffer {
  const digest = digestOfParts([bytes.subarray(0, CHECKSUM), bytes.subarray(PREAMBLE)]);
  return Buffer.from(digest.slice('sha256:'.length), 'hex');
}

const WIDTH = { i8: 1, u8: 1, i32: 4, f32: 4 };
const VIEW = {
  i8: (buffer: ArrayBufferLike, at: number, length: number): Section => new Int8Array(buffer, at, length),
  u8: (buffer: ArrayBufferLike, at: number, length: number): Section => new Uint8Array(buffer, at, length),
  i32: (buffer: ArrayBufferLike, at: number, length: number): Section => new Int32Array(buffer, at, length),
  f32: (buffer: ArrayBufferLike, at: number, length: number): Section => new Float32Array(buffer, at, length),
};

function typeOf(section: Section): SectionEntry['type'] {
  if (section instanceof Int8Array) return 'i8';
  if (section instanceof Uint8Array) return 'u8';
  return section instanceof Int32Array ? 'i32' : 'f32';
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

function corrupt(why: string): Error {
  return fault('student.artifact-corrupt', {
    public: `The student artifact cannot be used: ${why}.`,
  });
}
