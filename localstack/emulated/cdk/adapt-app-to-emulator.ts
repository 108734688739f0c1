import { resolve } from 'node:path';
import { CfnResource, type IAspect, Stack } from 'aws-cdk-lib';
import { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';
import { type CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { IConstruct } from 'constructs';
import { publishJob, submitToWorker } from '../training/replace-batch-jobs-by-queued-worker-tasks.ts';
import { STUBS } from './resource-stubs.ts';
import type { EmulatedServices } from './run-cdk-against-emulator.ts';

/** Placeholder type for stubs: it needs no properties, is created immediately, and has a physical id. */
const PLACEHOLDER_TYPE = 'AWS::CloudFormation::WaitConditionHandle';
/** Path of the FAISS library built in this repository. If it is missing, usearch replaces it. */
const FAISS = resolve('.agentbricks/faiss/faiss.node');
const stubs = new Map(STUBS.map((stub) => [stub.type, stub]));

/**
 * Adapts the app to the emulator. Unsupported resources (resource-stubs.ts) become placeholders, and functions receive
 * the addresses of the local servers. Resources are selected by type, so new resources of these types need no change
 * here.
 */
export class EmulationAspect implements IAspect {
  readonly #services: EmulatedServices;

  constructor(services: EmulatedServices) {
    this.#services = services;
  }

  visit(node: IConstruct): void {
    if (node instanceof LambdaFunction) this.#configure(node);
    if (node instanceof CfnJobDefinition) publishJob(node);
    if (node instanceof CfnStateMachine) submitToWorker(node, this.#services.trainerQueue);
    if (CfnResource.isCfnResource(node)) this.#replace(node);
  }

  #configure(target: LambdaFunction): void {
    // Layers contain binaries for Lambda's machines; node_modules contains those of this machine.
    const made = target.node.defaultChild as CfnFunction;
    made.addPropertyDeletionOverride('Layers');
    // A plain Redis supports neither TLS nor IAM tokens.
    if (variablesOf(made).CACHE === 'elasticache') made.addPropertyOverride('Environment.Variables.CACHE', 'redis');
    target.addEnvironment('KAFKA_AUTH', 'none');
    target.addEnvironment('REDIS_URL', this.#services.cacheUrl);
    target.addEnvironment('FAISS_LIBRARY', FAISS);
    // The emulator's host names of APIs cannot be resolved.
    target.addEnvironment('COLLECT_URL', this.#services.apiUrl);
    target.addEnvironment('RECOMMEND_URL', this.#services.apiUrl);
  }

  #replace(resource: CfnResource): void {
    const stub = stubs.get(resource.cfnResourceType);
    if (!stub || stub.when?.(resource) === false) return;
    resource.addOverride('Type', PLACEHOLDER_TYPE);
    resource.addDeletionOverride('Properties');
    // A placeholder has no attributes, so references to them are replaced by values.
    for (const [name, value] of Object.entries(stub.attributes?.(this.#services, resource) ?? {})) {
      resource.getAtt(name).resolve = () => value;
    }
  }
}

const variablesOf = (made: CfnFunction): Readonly<Record<string, unknown>> =>
  (Stack.of(made).resolve(made.environment) as { variables?: Record<string, unknown> } | undefined)?.variables ?? {};
