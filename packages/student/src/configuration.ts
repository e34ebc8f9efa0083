import { fault, type JsonObject } from '@retort/kernel';

/** What a search over students may turn. Recorded on the card, so that a student can be trained again. */
export interface Configuration {
  epochs: number;
  learningRate: number;
  decay: number;
  dropout: number;
  smoothing: number;
  /** Folds of the cross-fitting. */
  folds: number;
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
}

export const DEFAULT_CONFIGURATION: Configuration = {
  epochs: 15,
  learningRate: 0.3,
  decay: 0,
  dropout: 0,
  smoothing: 0,
  folds: 5,
  holdOutFrom: 30_000,
  minimumRows: 2,
  maximumFeatures: 262_144,
  wordsWeight: 1,
  charactersWeight: 1,
  pairsWeight: 1,
  dialogueWeight: 1,
  structureWeight: 1,
};

/** Overrides on top of the defaults. Fault `student.configuration-invalid` for an unknown name or a value that is no number. */
export function configurationOf(overrides: JsonObject = {}): Configuration {
  for (const [name, value] of Object.entries(overrides))
    if (
      !Object.hasOwn(DEFAULT_CONFIGURATION, name) ||
      typeof value !== 'number' ||
      !Number.isFinite(value) ||
      value < 0
    )
      throw fault('student.configuration-invalid', {
        status: 422,
        retriable: false,
        public: `The training configuration has no setting ${name} with this value.`,
        errors: [
          { pointer: `/configuration/${name}`, message: 'expected a known setting and a number not below zero' },
        ],
      });
  return { ...DEFAULT_CONFIGURATION, ...(overrides as Partial<Configuration>) };
}
