const REGION = 'eu-west-1';
/** What an emulator takes for credentials, and the account that it then gives. */
const KEY = 'test';
export const ACCOUNT = '000000000000';

/** What every client of the AWS SDK takes. */
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

/** The same for a command, by its environment. */
export const environmentOf = (endpoint: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ACCESS_KEY_ID: KEY,
  AWS_SECRET_ACCESS_KEY: KEY,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  // cdklocal forgets what is not named here.
  AWS_ENVAR_ALLOWLIST: 'AWS_REGION,AWS_DEFAULT_REGION',
  AWS_S3_FORCE_PATH_STYLE: '1',
  // No container is built: it would be Batch that runs it.
  CDK_DOCKER: 'true',
});

/** @param name `<kind>/<name>` or `<kind>:<name>` */
export const arnOf = (service: string, name: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;
