import { GenericContainer, Wait } from 'testcontainers';
import { freePorts } from '../free-ports.ts';
import type { KafkaBroker } from './port.ts';
import { brokerProperties } from './properties.ts';

const image = 'apache/kafka:4.1.1';

export async function kafkaContainer(sessionMs: number): Promise<KafkaBroker> {
  // The broker tells clients its own address, so the port outside must be known before it starts.
  const [port, controllerPort] = await freePorts();
  const properties = brokerProperties({ port, controllerPort, sessionMs, listen: '0.0.0.0', folder: '/tmp/kraft' });
  const environment = Object.entries(properties).map(([name, value]) => [
    `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
    String(value),
  ]);
  const container = await new GenericContainer(image)
    .withEnvironment(Object.fromEntries(environment) as Record<string, string>)
    .withExposedPorts({ container: port, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  return {
    description: `the container ${image}`,
    brokers: [`127.0.0.1:${port}`],
    stop: async () => {
      await container.stop();
    },
  };
}
