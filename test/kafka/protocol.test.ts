import { protocolContract } from '../contract/protocol/suite.ts';
import { makeKafkaWorld } from './protocol-world.ts';

protocolContract('the Kafka log', makeKafkaWorld);
