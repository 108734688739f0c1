import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import type { Ports } from '#ports/index.ts';
import { type Materialised, materialise } from '../refresh-changed-online-features.ts';

type RefreshPorts = Pick<Ports, 'lake' | 'features' | 'telemetry' | 'now'>;

/** Runs on a schedule: refreshes the online features from all events that are known now. */
export const refreshOnline = (ports: RefreshPorts) =>
  middy()
    .use(observed<unknown, Materialised>(ports.telemetry, 'refresh-online'))
    .handler(async (_event: unknown, { invocation }: ObservedContext): Promise<Materialised> => {
      const done = await materialise(ports, ports.now());
      invocation.count('UsersWritten', done.users);
      invocation.count('TitlesWritten', done.titles);
      return done;
    });
