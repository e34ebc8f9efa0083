export interface BrokerSettings {
  port: number;
  controllerPort: number;
  /** The interface it listens on. */
  listen: string;
  folder: string;
  /** Milliseconds without a sign of life after which the broker is taken for dead: so long, too, a killed one waits until it
   *  is registered again. */
  sessionMs: number;
  /** A second door, encrypted, for clients that say who they are. */
  secured?: SecuredListener | undefined;
}

export interface SecuredListener {
  port: number;
  /** PEM file: the key, and the certificate for 127.0.0.1. */
  keystore: string;
  /** Of the mechanism PLAIN. */
  users: Readonly<Record<string, string>>;
}

/** One node that is broker and controller, reached at 127.0.0.1. */
export function brokerProperties(settings: BrokerSettings): Record<string, string> {
  const { port, controllerPort, listen, folder, sessionMs, secured } = settings;
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
    ...(secured && securedProperties(settings, secured)),
  };
}

function securedProperties({ port, controllerPort, listen }: BrokerSettings, secured: SecuredListener) {
  const users = Object.entries(secured.users).map(([name, password]) => `user_${name}="${password}"`);
  const modules = 'org.apache.kafka.common.security';
  return {
    listeners: `PLAINTEXT://${listen}:${port},SECURED://${listen}:${secured.port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SECURED://127.0.0.1:${secured.port}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'listener.name.secured.plain.sasl.jaas.config': `${modules}.plain.PlainLoginModule required ${users.join(' ')};`,
    'listener.name.secured.scram-sha-512.sasl.jaas.config': `${modules}.scram.ScramLoginModule required;`,
    'listener.name.secured.ssl.keystore.type': 'PEM',
    'listener.name.secured.ssl.keystore.location': secured.keystore,
  };
}
