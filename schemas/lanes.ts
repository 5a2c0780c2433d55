/** Names of the lanes that outbound messages go by (L7), as they stand in `OutboundQueued.lane` and `Progress.sentThrough`. */

export type LaneAddress = { readonly kind: 'commands'; readonly partition: number } | { readonly kind: 'dead-letter' };

const commandsLane = /^c\/(0|[1-9]\d{0,9})$/;

/** `c/<partition>` or `dead-letter`. */
export function laneName(lane: LaneAddress): string {
  return lane.kind === 'commands' ? `c/${String(lane.partition)}` : 'dead-letter';
}

/** The lane with that name, or undefined when this release knows none (a newer one may have written it). */
export function parseLane(name: string): LaneAddress | undefined {
  if (name === 'dead-letter') return { kind: 'dead-letter' };
  const digits = commandsLane.exec(name)?.[1];
  return digits === undefined ? undefined : { kind: 'commands', partition: Number(digits) };
}
