import { App, Aspects } from 'aws-cdk-lib';
import { agentBricks } from '../../../lib/agentbricks-app.ts';
import type { Surroundings } from './cdk-cli.ts';
import { Emulation } from './emulate-resources.ts';

/** The app of bin/cdk-app.ts as an emulated AWS takes it. Nothing else in the repository makes an Emulation. */
const app = new App();
agentBricks(app);
const told = (name: keyof Surroundings): string => app.node.getContext(`emulated:${name}`) as string;
Aspects.of(app).add(
  new Emulation({
    brokers: told('brokers'),
    cacheUrl: told('cacheUrl'),
    apiUrl: told('apiUrl'),
    trainerQueue: told('trainerQueue'),
  }),
);
