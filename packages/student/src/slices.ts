/** What says which slices a proposal belongs to. */
export interface Sliced {
  /** The tool proposed; null: none. */
  tool: string | null;
  agent?: string | undefined;
}

/** A slice is known by what is proposed, for when a call is served the teacher's is not known. */
export function slicesOf({ tool, agent }: Sliced): string[] {
  const ofTool = sliceKey('tool', tool);
  return agent === undefined ? [ofTool] : [ofTool, sliceKey('agent', agent)];
}

export function sliceKey(by: 'tool' | 'agent', name: string | null): string {
  return name === null ? by : `${by} ${name}`;
}
