import { type Profiler, Session } from 'node:inspector';

export interface HotLine {
  /** Where the code of `url` spent most of its time until now; line numbers from 1. */
  stop(): number | undefined;
}

const SAMPLE_EVERY_US = 2_000;

/** Samples what runs, so that a call that never ends can be shown to its author. */
export function hotLine(url: string): HotLine {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
  session.post('Profiler.start');
  return {
    stop: () => {
      let line: number | undefined;
      session.post('Profiler.stop', (error, result) => {
        if (!error) line = lineIn(result.profile, url);
      });
      session.disconnect();
      return line;
    },
  };
}

/** From the last sample outwards to the first frame of the file: a loop inside a library is shown where it was called. */
function lineIn({ nodes, samples = [] }: Profiler.Profile, url: string): number | undefined {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const ofFile = (id: number | undefined): Profiler.ProfileNode | undefined => {
    for (let at = id; at !== undefined; at = parents.get(at)) {
      const node = byId.get(at);
      if (node?.callFrame.url === url) return node;
    }
    return undefined;
  };
  const node = samples.toReversed().map(ofFile).find(Boolean);
  const hottest = node?.positionTicks?.toSorted((a, b) => b.ticks - a.ticks)[0];
  return node && (hottest?.line ?? node.callFrame.lineNumber + 1);
}
