export * from './cloudevents.ts';
export * from './kafka/event-bus.ts';
export * from './port.ts';
export * from './postgres/event-bus.ts';
