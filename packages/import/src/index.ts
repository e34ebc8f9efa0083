export { decisionOf, type DecisionOptions } from './decision.ts';
export { isUnusable, reasons, type Exchange, type Format, type Reason, type Unusable } from './exchange.ts';
export { formats } from './formats.ts';
export { inferredTools, type InferredTools } from './inferred-tools.ts';
