import { App } from 'aws-cdk-lib';
import { agentBricks } from '../lib/agentbricks-app.ts';
import { profileNameOf } from '../lib/deployment-profiles.ts';
import { acknowledge, addRulePacks } from '../lib/rule-packs.ts';

const app = new App();
agentBricks(app);
addRulePacks(app);
acknowledge(app, profileNameOf(app.node));
