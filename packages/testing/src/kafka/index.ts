export { startKafkaBroker, whyNoKafka, type KafkaBroker } from './broker.ts';
