export { startKafkaBroker, whyNoKafka } from './broker.ts';
export type { KafkaBroker } from './port.ts';
