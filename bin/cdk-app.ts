import { App } from 'aws-cdk-lib';
import { acknowledge, addRulePacks } from '../lib/add-and-acknowledge-cdk-rules.ts';
import { agentBricks } from '../lib/agentbricks-app.ts';
import { profileNameOf } from '../lib/deployment-profiles.ts';

const app = new App();
agentBricks(app);
addRulePacks(app);
acknowledge(app, profileNameOf(app.node));
