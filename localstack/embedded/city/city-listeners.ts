import type { CityListener } from './city-phases.ts';

/** One listener that tells several, in their order. */
export const listeners = (...all: readonly CityListener[]): Required<CityListener> => ({
  onPhase: (...told) => all.forEach((one) => void one.onPhase?.(...told)),
  onHour: (...told) => all.forEach((one) => void one.onHour?.(...told)),
  onState: (...told) => all.forEach((one) => void one.onState?.(...told)),
  onRun: (...told) => all.forEach((one) => void one.onRun?.(...told)),
  onTwinDay: (...told) => all.forEach((one) => void one.onTwinDay?.(...told)),
  onRuntime: (...told) => all.forEach((one) => void one.onRuntime?.(...told)),
});
