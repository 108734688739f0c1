/** A contiguous range of agents: `from` up to, not including, `to`. One shard simulates one range. */
export interface AgentRange {
  readonly from: number;
  readonly to: number;
}
