export interface BrokerSettings {
  port: number;
  controllerPort: number;
  /** The interface it listens on. */
  listen: string;
  folder: string;
  /** Milliseconds without a sign of life after which the broker is taken for dead: so long, too, a killed one waits until it
   *  is registered again. */
  sessionMs: number;
}

/** One node that is broker and controller, reached at 127.0.0.1. */
export function brokerProperties(settings: BrokerSettings): Record<string, string> {
  const { port, controllerPort, listen, folder, sessionMs } = settings;
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://${listen}:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'auto.create.topics.enable': 'false',
    'broker.session.timeout.ms': String(sessionMs),
    'log.dirs': folder,
  };
}
