export interface LocalKafkaOptions {
  /** Brokers in the cluster, each its own controller. Default 1. Three want Java: a container holds one. */
  readonly nodes?: 1 | 3;
  /** The first client port; each node takes two. Default: free ones. */
  readonly port?: number;
  /** Where the controllers talk, inside. One node only. Default: the port after `port`, or a free one. */
  readonly controllerPort?: number;
  /** The port that clients are told, where something stands in between. One node only. Default: the broker's own. */
  readonly advertisedPort?: number;
  /** True: never the broker that `KAFKA_BROKERS` names, for callers that kill or configure theirs. Default false. */
  readonly own?: boolean;
  /** Where the brokers keep their data. Default: a temporary directory, removed by `stop`. */
  readonly dir?: string;
  /** Broker settings on top of, or in place of, our own. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface LocalKafka {
  /** `host:port`, separated by commas. */
  readonly bootstrap: string;
  /** What is behind it. */
  readonly kind: 'existing' | 'container' | 'processes';
  /** Ends the brokers in an orderly way and removes what was temporary. An existing broker is left alone. */
  stop(): Promise<void>;
  /** kill -9. Nodes count from 1. @throws OperationalError `BROKER_NOT_OURS` on an existing broker */
  kill(node: number): Promise<void>;
  /** Starts a killed node again, with its data; resolves when it serves. @throws OperationalError `BROKER_NOT_OURS` */
  restart(node: number): Promise<void>;
  /** Stops and deletes all data. @throws OperationalError `BROKER_NOT_OURS` */
  wipe(): Promise<void>;
}
