import { startCpuProfile } from 'node:v8';

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples?: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly url: string; readonly functionName: string; readonly lineNumber: number };
  readonly children?: readonly number[];
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

/** Starts sampling the running code, so that an endless loop can be shown to its author. */
export function startSampling(): { hotLine(fileName: string): string | undefined } {
  const profile = startCpuProfile();
  return { hotLine: (fileName) => hotLineIn(JSON.parse(profile.stop()) as Profile, fileName) };
}

/**
 * Searches the samples, newest first, for a frame of the script. It also searches the callers of each sample, so that a
 * loop in a built-in function is attributed to the line of the script that called the function.
 */
function hotLineIn({ nodes, samples = [] }: Profile, fileName: string): string | undefined {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const inScript = (id: number | undefined): ProfileNode | undefined => {
    for (let at = id; at !== undefined; at = parents.get(at)) {
      const node = byId.get(at);
      if (node?.callFrame.url === fileName) return node;
    }
    return undefined;
  };
  const node = samples.toReversed().map(inScript).find(Boolean);
  if (!node) return undefined;
  const hottest = node.positionTicks?.toSorted((a, b) => b.ticks - a.ticks)[0];
  return `    at ${fileName}:${hottest?.line ?? node.callFrame.lineNumber + 1}:1`;
}
