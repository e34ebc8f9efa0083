import { fault, type JsonValue } from '@retort/kernel';
import { decodeArtifact, encodeArtifact, type Section } from './artifact.ts';
import type { Calibration } from './confidence.ts';
import type { Meaning } from './features/meaning.ts';
import type { PathStatistics } from './features/structure.ts';
import type { TextScale, ToolHead } from './head/model.ts';
import { mostFrequentFirst } from './head/most-frequent-first.ts';
import { padded } from './kernels/arena.ts';
import type { ToolForm, ToolForms } from './tool-forms.ts';
import type { StudentCard } from './types.ts';

/** Everything a student is made of. */
export interface StudentFile {
  head: ToolHead;
  argumentPrograms: Uint8Array;
  calibration: Calibration;
  toolForms: ToolForms;
  noveltyFloor: number;
  /** Whether a teacher has shown what several calls look like. */
  severalTaught: boolean;
  card: StudentCard;
}

interface Header {
  classes: (string | null)[];
  support: number[];
  neverCalled: [string, number][];
  temperature: number;
  textScale: TextScale;
  networks: number;
  blockWeights: number[];
  meaning: { dimensions: number; weight: number } | null;
  structure: [string, PathStatistics][];
  unseenIdf: number;
  calibration: Calibration;
  /** Absent from older students, which see no change. */
  toolForms?: [string, ToolForm][];
  noveltyFloor: number;
  severalTaught: boolean;
  card: StudentCard;
}

const SECTIONS = ['hashes', 'idf', 'linear', 'linearScales', 'embedding', 'scales', 'output', 'arguments'];
const PROTOTYPE_SECTIONS = ['prototypeOffsets', 'prototypes'];
const MEANING_SECTIONS = ['wordHashes', 'wordBytes', 'wordScales'];

export function encodeStudent(parts: StudentFile): Uint8Array {
  const { argumentPrograms, calibration, toolForms, noveltyFloor, severalTaught, card } = parts;
  const head = mostFrequentFirst(parts.head);
  const { vocabulary, blockWeights, structure, meaning } = head.space;
  const header: Header = {
    classes: [...head.classes],
    support: [...head.support],
    neverCalled: [...head.neverCalled],
    temperature: head.temperature,
    textScale: head.textScale,
    networks: head.networks,
    blockWeights: [...blockWeights],
    meaning: meaning ? { dimensions: meaning.vectors.dimensions, weight: meaning.weight } : null,
    structure: [...structure],
    unseenIdf: vocabulary.unseenIdf,
    calibration,
    toolForms: [...toolForms],
    noveltyFloor,
    severalTaught,
    card,
  };
  return encodeArtifact(header as unknown as JsonValue, {
    hashes: vocabulary.hashes,
    idf: vocabulary.idf,
    linear: head.linear.bytes,
    linearScales: head.linear.scales,
    embedding: head.embedding.bytes,
    scales: head.embedding.scales,
    output: head.output,
    arguments: argumentPrograms,
    prototypeOffsets: head.prototypes.offsets,
    prototypes: head.prototypes.bytes,
    ...(meaning && {
      wordHashes: meaning.vectors.hashes,
      wordBytes: meaning.vectors.bytes,
      wordScales: meaning.vectors.scales,
    }),
  });
}

export function decodeStudent(artifact: Uint8Array): StudentFile {
  const { header, section } = decodeArtifact(artifact);
  const read = header as unknown as Header;
  const [prototypeOffsets, prototypes] = PROTOTYPE_SECTIONS.map(section);
  if (!(prototypeOffsets instanceof Int32Array && prototypes instanceof Int8Array)) throw wrongSection();
  const [hashes, idf, linear, linearScales, bytes, scales, output, argumentPrograms] = SECTIONS.map(section);
  if (
    !(linear instanceof Int8Array && linearScales instanceof Float32Array) ||
    !(hashes instanceof Int32Array && idf instanceof Float32Array && bytes instanceof Int8Array) ||
    !(scales instanceof Float32Array && output instanceof Float32Array && argumentPrograms instanceof Uint8Array)
  )
    throw wrongSection();
  return {
    head: {
      space: {
        vocabulary: { hashes, idf, unseenIdf: read.unseenIdf },
        blockWeights: read.blockWeights,
        structure: new Map(read.structure),
        ...(read.meaning && { meaning: decodeMeaning(read.meaning, MEANING_SECTIONS.map(section)) }),
      },
      classes: read.classes,
      classOf: new Map(read.classes.flatMap((name, index) => (read.support[index] ? [[name, index] as const] : []))),
      support: read.support,
      neverCalled: new Map(read.neverCalled),
      linear: { columns: padded(read.classes.length), bytes: linear, scales: linearScales },
      embedding: { columns: bytes.length / scales.length, bytes, scales },
      output,
      networks: read.networks,
      prototypes: { columns: bytes.length / scales.length, offsets: prototypeOffsets, bytes: prototypes },
      temperature: read.temperature,
      textScale: read.textScale,
    },
    argumentPrograms,
    calibration: read.calibration,
    toolForms: new Map(read.toolForms ?? []),
    noveltyFloor: read.noveltyFloor,
    severalTaught: read.severalTaught,
    card: read.card,
  };
}

function decodeMeaning(
  { dimensions, weight }: { dimensions: number; weight: number },
  [hashes, bytes, scales]: Section[],
): Meaning {
  if (!(hashes instanceof Int32Array && bytes instanceof Int8Array && scales instanceof Float32Array))
    throw wrongSection();
  return { vectors: { dimensions, hashes, bytes, scales }, weight };
}

function wrongSection(): Error {
  return fault('student.artifact-corrupt', {
    public: 'The student artifact cannot be used: a section has another type than its format says.',
  });
}
