const PREFIX = 'agentbricks';

const snakeCase = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** Returns the name of a count metric in Prometheus. localstack/embedded/aws/emf-to-prometheus-and-minute-sums.ts exposes it. */
export const counterName = (metric: string): string => `${PREFIX}_${snakeCase(metric)}_total`;

/** Returns the name of a duration metric in Prometheus, a histogram. Prometheus's base unit of time is the second. */
export const histogramName = (metric: string): string => `${PREFIX}_${snakeCase(metric)}_seconds`;
