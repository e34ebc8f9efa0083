export * from './binomial.ts';
export * from './calibration.ts';
export * from './drift.ts';
export * from './intervals.ts';
export * from './isotonic.ts';
export * from './thresholds.ts';
export * from './logistic.ts';
