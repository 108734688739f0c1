import { App } from 'aws-cdk-lib';
const root = process.argv[2];
const { agentBricks } = await import(`${root}/lib/agentbricks.ts`);
const app = new App({ context: { profile: process.argv[3] ?? 'learner', 'aws:cdk:bundling-stacks': [] } });
agentBricks(app);
let asm; try { asm = app.synth(); } catch (e) { console.error(String(e).slice(0,300)); process.exit(1); }
const types = new Set<string>();
for (const s of asm.stacks) for (const r of Object.values((s.template as any).Resources)) { let t = (r as any).Type; if (t==='AWS::CloudWatch::Alarm' && (r as any).Properties.Metrics) t+=' math'; types.add(t); }
console.log(JSON.stringify([...types].sort()));
