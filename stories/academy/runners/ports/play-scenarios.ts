import type { PortsProcess } from './process/ports-process.ts';
import { type Stage, stageOf } from './simulation/deliver-inputs.ts';
import type { PortsWorld } from './simulation/delivery-and-simulation-state.ts';
import type { Fault, History } from './simulation/history-types.ts';
import { instancesOf } from './simulation/start-and-kill-instances.ts';

/** Plays scenarios one after another, each in a new world. */
export interface Director<Input> {
  /**
   * Plays one scenario.
   *
   * @param name the same for each seed
   * @param group by which requirements select scenarios
   */
  play<Result>(name: string, group: string, script: (stage: Stage<Input>) => Promise<Result>): Promise<Result>;
  /**
   * Plays a scenario once for each fault at each call of a port that the function makes.
   *
   * @param faultsAt returns the faults to try at a call
   * @param script returns whether the fault happened
   */
  playAtEachCall(
    name: string,
    group: string,
    faultsAt: (call: number) => readonly Fault[],
    script: (stage: Stage<Input>, fault: Fault) => Promise<boolean>,
  ): Promise<void>;
}

/** Maximum number of port calls per delivery at which faults are tried. */
const MAX_POINTS = 8;

export interface Staging<Input, World extends PortsWorld> {
  readonly world: () => World;
  readonly argsOf: (input: Input, at: number) => readonly unknown[];
  readonly file: string;
  readonly startsAt: number;
}

/** @param histories receives the history of each scenario */
export function directorOf<Input, World extends PortsWorld>(
  process: PortsProcess,
  { world: newWorld, ...staging }: Staging<Input, World>,
  histories: History<Input, World>[],
): Director<Input> {
  const instances = instancesOf(process);
  const play: Director<Input>['play'] = async (name, group, script) => {
    const world = newWorld();
    const { stage, entries } = stageOf<Input, World>({ process, instances, world, ...staging });
    histories.push({ name, group, entries, world });
    return await script(stage);
  };
  return {
    play,
    playAtEachCall: async (name, group, faultsAt, script) => {
      for (let call = 0; call < MAX_POINTS; call++) {
        let isReached = false;
        for (const fault of faultsAt(call)) {
          const isDisturbed = await play(name, group, (stage) => script(stage, fault));
          // Without the fault, the scenario adds no information, unless the function calls no port at all.
          if (!isDisturbed && call > 0) histories.pop();
          isReached ||= isDisturbed;
        }
        if (!isReached) return;
      }
    },
  };
}
