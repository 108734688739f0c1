const REGION = 'eu-west-1';
/** Access key and secret that an emulator accepts, and the account id that it assigns to them. */
const KEY = 'test';
export const ACCOUNT = '000000000000';

/** Settings of an AWS SDK client. */
export interface CloudSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export const settingsOf = (endpoint: string): CloudSettings => ({
  endpoint,
  region: REGION,
  credentials: { accessKeyId: KEY, secretAccessKey: KEY },
});

/** Returns the same settings as environment variables for commands. */
export const environmentOf = (endpoint: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ACCESS_KEY_ID: KEY,
  AWS_SECRET_ACCESS_KEY: KEY,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  // cdklocal removes variables that are not listed here.
  AWS_ENVAR_ALLOWLIST: 'AWS_REGION,AWS_DEFAULT_REGION',
  AWS_S3_FORCE_PATH_STYLE: '1',
  // Prevents container builds: only AWS Batch would run the containers.
  CDK_DOCKER: 'true',
});

/** Returns the ARN of a resource in the emulated account. @param name `<kind>/<name>` or `<kind>:<name>` */
export const arnOf = (service: string, name: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;
