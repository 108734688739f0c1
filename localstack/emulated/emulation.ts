import { CfnResource, type IAspect } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { Surroundings } from './cdk.ts';
import { STUBS } from './stubs.ts';

/** Takes no property, is made at once, and has an address: what a stub needs. */
const STAND_IN = 'AWS::CloudFormation::WaitConditionHandle';
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
    if (CfnResource.isCfnResource(node)) this.#replace(node);
  }

  #tell(target: LambdaFunction): void {
    target.addEnvironment('KAFKA_AUTH', 'none');
    target.addEnvironment('REDIS_URL', this.#surroundings.cacheUrl);
  }

  #replace(resource: CfnResource): void {
    const stub = stubs.get(resource.cfnResourceType);
    if (!stub) return;
    resource.addOverride('Type', STAND_IN);
    resource.addDeletionOverride('Properties');
    // A stand-in has no attributes: who asks for one is told the value.
    for (const [name, value] of Object.entries(stub.attributes?.(this.#surroundings) ?? {})) {
      resource.getAtt(name).resolve = () => value;
    }
  }
}
