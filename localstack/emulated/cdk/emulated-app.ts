import { App, Aspects } from 'aws-cdk-lib';
import { agentBricks } from '../../../lib/agentbricks-app.ts';
import { EmulationAspect } from './adapt-app-to-emulator.ts';
import type { EmulatedServices } from './run-cdk-against-emulator.ts';

/** Variant of bin/cdk-app.ts for the emulated AWS, and the only user of EmulationAspect. */
const app = new App();
agentBricks(app);
const told = (name: keyof EmulatedServices): string => app.node.getContext(`emulated:${name}`) as string;
Aspects.of(app).add(
  new EmulationAspect({
    brokers: told('brokers'),
    cacheUrl: told('cacheUrl'),
    apiUrl: told('apiUrl'),
    trainerQueue: told('trainerQueue'),
  }),
);
