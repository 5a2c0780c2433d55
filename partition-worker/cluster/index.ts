export { createForwardingReads, type ForwardingReads, type PeerReads } from './forwarding-reads.ts';
