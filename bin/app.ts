import { App } from 'aws-cdk-lib';
import { agentBricks } from '../lib/agentbricks.ts';
import { acknowledge, check } from '../lib/checks.ts';
import { profileNameOf } from '../lib/profiles.ts';

const app = new App();
agentBricks(app);
check(app);
acknowledge(app, profileNameOf(app.node));
