export { startKafkaBroker, startSecuredKafkaBroker, whyNoKafka, whyNoSecuredKafka } from './broker.ts';
export type { KafkaBroker } from './port.ts';
