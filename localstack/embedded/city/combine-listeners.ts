import type { CityListener } from './first-week-pipeline-and-twins.ts';

/** Combines listeners into one, which calls them in their order. */
export const listeners = (...all: readonly CityListener[]): Required<CityListener> => ({
  onPhase: (...args) => all.forEach((listener) => void listener.onPhase?.(...args)),
  onHour: (...args) => all.forEach((listener) => void listener.onHour?.(...args)),
  onState: (...args) => all.forEach((listener) => void listener.onState?.(...args)),
  onRun: (...args) => all.forEach((listener) => void listener.onRun?.(...args)),
  onTwinDay: (...args) => all.forEach((listener) => void listener.onTwinDay?.(...args)),
  onWaiting: (...args) => all.forEach((listener) => void listener.onWaiting?.(...args)),
  onResumed: (...args) => all.forEach((listener) => void listener.onResumed?.(...args)),
  onPaused: (...args) => all.forEach((listener) => void listener.onPaused?.(...args)),
  onRuntime: (...args) => all.forEach((listener) => void listener.onRuntime?.(...args)),
});
