import { fault, toPointer, type JsonObject } from '@retort/kernel';

/** What a search over students may turn. Recorded on the card, so that a student can be trained again. */
export interface Configuration {
  epochs: number;
  /** First step of the network, and of the linear softmax. */
  learningRate: number;
  linearRate: number;
  /** Units of the hidden layer of each network, rounded up to a multiple of sixteen, and networks whose mean is taken. */
  hidden: number;
  networks: number;
  dropout: number;
  hiddenDropout: number;
  /** Rounds of the cross-fitting: each has a tool head of its own. */
  folds: number;
  /** In so many folds the decisions of a round are dealt for arguments, which are learnt without one of these alone: they gain more
   *  from further decisions than a tool head does, and cost less. */
  argumentFolds: number;
  /** Most decisions that a head without some of the tools learns from; 0: none is made, and only ρ = 0 can be withstood. */
  proxyRows: number;
  /** From this many decisions on, calibration decisions are held out instead of cross-fitted. */
  holdOutFrom: number;
  /** A feature enters the vocabulary when at least this many rows have it. */
  minimumRows: number;
  maximumFeatures: number;
  wordsWeight: number;
  charactersWeight: number;
  pairsWeight: number;
  dialogueWeight: number;
  structureWeight: number;
  crossedWeight: number;
  /** Of what the words mean by the vectors that come with the package; 0 leaves it out. */
  meaningWeight: number;
}

const DEFAULT_CONFIGURATION: Configuration = {
  epochs: 8,
  learningRate: 0.1,
  linearRate: 0.3,
  hidden: 32,
  networks: 3,
  dropout: 0.3,
  hiddenDropout: 0.2,
  folds: 3,
  argumentFolds: 2,
  proxyRows: 20_000,
  holdOutFrom: 30_000,
  minimumRows: 2,
  maximumFeatures: 262_144,
  wordsWeight: 1,
  charactersWeight: 1,
  pairsWeight: 0.7,
  dialogueWeight: 1,
  structureWeight: 1,
  crossedWeight: 1,
  meaningWeight: 1.5,
};

/** Overrides on top of the defaults. Fault `student.configuration-invalid` for an unknown name or a value out of range. */
export function configurationOf(overrides: JsonObject = {}): Configuration {
  for (const [name, value] of Object.entries(overrides)) {
    const known = Object.hasOwn(DEFAULT_CONFIGURATION, name);
    const [low, high] = known ? RANGES[name as keyof Configuration] : [0, 0];
    if (!known || typeof value !== 'number' || !(value >= low && value <= high))
      throw fault('student.configuration-invalid', {
        public: `The training configuration has no setting ${name} with this value.`,
        errors: [
          {
            pointer: toPointer(['configuration', name]),
            message: known ? `expected a number from ${low} to ${high}` : 'no such setting',
          },
        ],
      });
  }
  return { ...DEFAULT_CONFIGURATION, ...(overrides as Partial<Configuration>) };
}

const RANGES: Record<keyof Configuration, readonly [number, number]> = {
  epochs: [1, 1000],
  learningRate: [1e-6, 10],
  linearRate: [1e-6, 10],
  hidden: [1, 1024],
  networks: [1, 16],
  dropout: [0, 0.95],
  hiddenDropout: [0, 0.95],
  folds: [2, 100],
  argumentFolds: [1, 100],
  proxyRows: [0, Number.MAX_SAFE_INTEGER],
  holdOutFrom: [2, Number.MAX_SAFE_INTEGER],
  minimumRows: [1, 1e6],
  maximumFeatures: [1, 1 << 22],
  wordsWeight: [0, 100],
  charactersWeight: [0, 100],
  pairsWeight: [0, 100],
  dialogueWeight: [0, 100],
  structureWeight: [0, 100],
  crossedWeight: [0, 100],
  meaningWeight: [0, 100],
};
