/** server.properties of one node that is broker and controller at once, tuned to start fast and stay small. */

export interface NodePlace {
  /** From 1. */
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  /** What clients are told; the port itself unless something stands in between. */
  readonly advertisedPort: number;
  readonly dir: string;
}

export function brokerSettings(node: NodePlace, nodes: readonly NodePlace[], extra: Readonly<Record<string, string>>): string {
  const replicas = String(Math.min(3, nodes.length));
  const inSync = nodes.length >= 3 ? '2' : '1';
  const client = `PLAINTEXT://127.0.0.1:${String(node.port)}`;
  const all: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': nodes.map(({ id, controllerPort }) => `${String(id)}@127.0.0.1:${String(controllerPort)}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `${client},CONTROLLER://127.0.0.1:${String(node.controllerPort)}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(node.advertisedPort)}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': `${node.dir}/data`,
    // A topic that appears by itself would have the wrong settings.
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': '1',
    // A stock broker makes every new group wait three seconds.
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    // A killed broker may register again only when its old session has ended: 9 s by default, which makes a restart take 11 s.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'background.threads': '2',
    'log.cleaner.dedupe.buffer.size': String(16 << 20),
    'log.cleaner.backoff.ms': '1000',
    'log.index.size.max.bytes': String(1 << 20),
    'log.segment.bytes': String(128 << 20),
    ...extra,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
