/** What members tell each other through the group's own protocol: in their metadata what they have, in the answer what they get. */
import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';
import type { Member } from '../index.ts';
import { assignPartitions, type Candidate } from './assigner.ts';

/** The protocol's name; members with another cannot be in the same group. */
export const protocolName: string = 'perdure-sticky-1';

/** A member's own words, JSON in the metadata's user data. Fields are added, never changed. */
export interface SelfDescription {
  readonly apiUrl: string | null;
  readonly programs: readonly { readonly name: string; readonly version: string }[];
  readonly owned: readonly number[];
  readonly generation: number;
}

/** `self` is asked at every join. */
export function stickyAssigner(topic: string, partitions: number, self: () => SelfDescription): PartitionAssigner {
  return () => ({
    name: protocolName,
    version: 1,
    protocol: ({ topics }) => ({
      name: protocolName,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.from(JSON.stringify(self())) }),
    }),
    assign: ({ members }) => {
      const candidates = members.map(({ memberId, memberMetadata }): Candidate => ({ id: memberId, ...describedIn(memberMetadata) }));
      const result = [...assignPartitions(candidates, partitions)].map(([memberId, got]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 1, assignment: { [topic]: got }, userData: Buffer.alloc(0) }),
      }));
      return Promise.resolve(result);
    },
  });
}

/** One member as `describeGroups` shows it. */
export function memberFrom(topic: string, metadata: Buffer, assignment: Buffer): Member {
  const { apiUrl, programs } = describedIn(metadata);
  const decoded = AssignerProtocol.MemberAssignment.decode(assignment);
  return { apiUrl, programs, partitions: [...(decoded?.assignment[topic] ?? [])].sort((a, b) => a - b) };
}

const unknownSelf: SelfDescription = { apiUrl: null, programs: [], owned: [], generation: -1 };

/** The bytes may be another release's, or a stranger's who took our group id: what is not understood counts as not said. */
function describedIn(metadata: Buffer): SelfDescription {
  try {
    const userData = AssignerProtocol.MemberMetadata.decode(metadata)?.userData;
    return userData === undefined ? unknownSelf : parseSelf(JSON.parse(userData.toString('utf8')));
  } catch {
    return unknownSelf;
  }
}

function parseSelf(said: unknown): SelfDescription {
  if (typeof said !== 'object' || said === null) return unknownSelf;
  const { apiUrl, programs, owned, generation } = said as Partial<Record<keyof SelfDescription, unknown>>;
  return {
    apiUrl: typeof apiUrl === 'string' ? apiUrl : null,
    programs: Array.isArray(programs) ? programs.filter(isProgram) : [],
    owned: Array.isArray(owned) ? owned.filter((each): each is number => typeof each === 'number') : [],
    generation: typeof generation === 'number' ? generation : -1,
  };
}

function isProgram(said: unknown): said is { name: string; version: string } {
  return (
    typeof said === 'object' &&
    said !== null &&
    'name' in said &&
    'version' in said &&
    typeof said.name === 'string' &&
    typeof said.version === 'string'
  );
}
