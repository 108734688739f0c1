import { App } from 'aws-cdk-lib';
import { agentBricks } from '../lib/agentbricks.ts';

agentBricks(new App());
