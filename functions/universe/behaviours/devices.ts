/** What an agent watches on. */
export const DEVICES = ['tv', 'phone', 'tablet', 'web'] as const;
export type Device = (typeof DEVICES)[number];

/** Share of the sessions on the device that the agent likes best; the others are on any. */
const FAITHFUL = 0.75;
/** Factor on the patience: a small screen shows less of a slate at once. */
const PATIENCE = [1, 0.95, 0.98, 1] as const;

/**
 * The device of one session.
 *
 * @param whether uniform in [0, 1): whether it is the usual one
 * @param which uniform in [0, 1): else, which
 * @returns index into DEVICES
 */
export const sessionDevice = (usual: number, whether: number, which: number): number =>
  whether < FAITHFUL ? usual : Math.floor(DEVICES.length * which);

/**
 * How much of a slate is looked at on a device, as a factor on the patience.
 *
 * Source  Song, Ma, Wang, Wang 2013, "Exploring and exploiting user search behavior on mobile and tablet devices": fewer
 *         results are looked at on a phone
 */
export const patienceFactor = (device: number): number => PATIENCE[device] ?? 1;
