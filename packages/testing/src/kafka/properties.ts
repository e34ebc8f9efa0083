export interface BrokerSettings {
  port: number;
  controllerPort: number;
  /** The interface it listens on. */
  listen: string;
  folder: string;
}

/** One node that is broker and controller, reached at 127.0.0.1. */
export function brokerProperties({ port, controllerPort, listen, folder }: BrokerSettings): Record<string, string> {
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
    // A broker that was killed is registered again at once when it is back.
    'broker.session.timeout.ms': '3000',
    'log.dirs': folder,
  };
}
