/** Devices on which agents watch. */
export const DEVICES = ['tv', 'phone', 'tablet', 'web'] as const;
export type Device = (typeof DEVICES)[number];

/** Probability that a session is on the agent's usual device. Otherwise all devices are equally likely. */
const USUAL_DEVICE = 0.75;
/** Factor on the continuation probability, by device: a small screen shows fewer titles at once. */
const PATIENCE = [1, 0.95, 0.98, 1] as const;

/**
 * Returns the device of one session, as an index into DEVICES.
 *
 * @param usual the agent's usual device, an index into DEVICES
 * @param isUsual uniform in [0, 1): decides whether the session is on the usual device
 * @param which uniform in [0, 1): selects the device otherwise
 */
export const sessionDevice = (usual: number, isUsual: number, which: number): number =>
  isUsual < USUAL_DEVICE ? usual : Math.floor(DEVICES.length * which);

/**
 * Returns the factor by which a device reduces the probability that the agent examines one more title of a slate.
 *
 * Unit    none: 1 is no reduction
 * Source  Song, Ma, Wang, Wang 2013, "Exploring and exploiting user search behavior on mobile and tablet devices":
 *         users examine fewer results on a phone
 */
export const patienceFactor = (device: number): number => PATIENCE[device] ?? 1;
