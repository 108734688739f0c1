import { type Profiler, Session } from 'node:inspector';

export interface SamplingProfiler {
  /** Stops sampling. Returns the number (from 1) of the line on which most time was spent. */
  hottestLine(): number | undefined;
}

const SAMPLE_EVERY_US = 2_000;

/** Starts a profiler that finds the line of an endless loop. @param url of the learner's file */
export function startProfiler(url: string): SamplingProfiler {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
  session.post('Profiler.start');
  return {
    hottestLine: () => {
      let line: number | undefined;
      session.post('Profiler.stop', (error, result) => {
        if (!error) line = lineIn(result.profile, url);
      });
      session.disconnect();
      return line;
    },
  };
}

/**
 * Returns the hottest line of the innermost function of the file in the newest sample that contains one, so that a loop
 * in a library counts for its caller. Returns the function's first line if none of its own lines was sampled.
 */
function lineIn({ nodes, samples = [] }: Profiler.Profile, url: string): number | undefined {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const inFile = (id: number | undefined): Profiler.ProfileNode | undefined => {
    for (let at = id; at !== undefined; at = parents.get(at)) {
      const node = byId.get(at);
      if (node?.callFrame.url === url) return node;
    }
    return undefined;
  };
  const node = samples.toReversed().map(inFile).find(Boolean);
  const hottest = node?.positionTicks?.toSorted((a, b) => b.ticks - a.ticks)[0];
  return node && (hottest?.line ?? node.callFrame.lineNumber + 1);
}
