import { resolve } from 'node:path';
import { CfnResource, type IAspect, Stack } from 'aws-cdk-lib';
import { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';
import { type CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { IConstruct } from 'constructs';
import { askWorker, publishJob } from '../training/batch-job-definition.ts';
import type { Surroundings } from './cdk-cli.ts';
import { STUBS } from './resource-stubs.ts';

/** Takes no property, is made at once, and has an address: what a stub needs. */
const STAND_IN = 'AWS::CloudFormation::WaitConditionHandle';
/** Built here; without it usearch takes its place, as everywhere. */
const FAISS = resolve('.agentbricks/faiss/faiss.node');
const stubs = new Map(STUBS.map((stub) => [stub.type, stub]));

/**
 * Makes the app one that the emulator takes: what it lacks (stubs.ts) becomes a stand-in, and functions are told of the
 * servers beside it. It goes by type, so that a new resource needs no new line.
 */
export class Emulation implements IAspect {
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  visit(node: IConstruct): void {
    if (node instanceof LambdaFunction) this.#tell(node);
    if (node instanceof CfnJobDefinition) publishJob(node);
    if (node instanceof CfnStateMachine) askWorker(node, this.#surroundings.trainerQueue);
    if (CfnResource.isCfnResource(node)) this.#replace(node);
  }

  #tell(target: LambdaFunction): void {
    // Their binaries, once `npm run layers` has fetched them, are for the machines of Lambda: here, node_modules has this machine's.
    const made = target.node.defaultChild as CfnFunction;
    made.addPropertyDeletionOverride('Layers');
    // A plain Redis knows neither TLS nor tokens of IAM.
    if (variablesOf(made).CACHE === 'elasticache') made.addPropertyOverride('Environment.Variables.CACHE', 'redis');
    target.addEnvironment('KAFKA_AUTH', 'none');
    target.addEnvironment('REDIS_URL', this.#surroundings.cacheUrl);
    target.addEnvironment('FAISS_LIBRARY', FAISS);
    // The name that the emulator gives an API is known to nobody's resolver.
    target.addEnvironment('COLLECT_URL', this.#surroundings.apiUrl);
    target.addEnvironment('RECOMMEND_URL', this.#surroundings.apiUrl);
  }

  #replace(resource: CfnResource): void {
    const stub = stubs.get(resource.cfnResourceType);
    if (!stub || stub.when?.(resource) === false) return;
    resource.addOverride('Type', STAND_IN);
    resource.addDeletionOverride('Properties');
    // A stand-in has no attributes: who asks for one is told the value.
    for (const [name, value] of Object.entries(stub.attributes?.(this.#surroundings, resource) ?? {})) {
      resource.getAtt(name).resolve = () => value;
    }
  }
}

const variablesOf = (made: CfnFunction): Readonly<Record<string, unknown>> =>
  (Stack.of(made).resolve(made.environment) as { variables?: Record<string, unknown> } | undefined)?.variables ?? {};
