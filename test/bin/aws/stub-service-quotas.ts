import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';

/** Starts a stub of Service Quotas, which MiniStack does not have. */
export function serviceQuotas() {
  let server: Server;
  let values: Readonly<Record<string, number>> | undefined = {};
  let brokers = 90;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (text) => {
        body += text;
      });
      request.on('end', () => {
        response.writeHead(values ? 200 : 403, { 'content-type': 'application/x-amz-json-1.1' });
        if (!values) return response.end(JSON.stringify({ __type: 'AccessDeniedException', message: 'no' }));
        const Quota = { Value: values[JSON.parse(body).QuotaCode] };
        const Quotas = [{ QuotaName: 'Number of brokers per account', Value: brokers }];
        const list = String(request.headers['x-amz-target']).endsWith('ListServiceQuotas');
        return response.end(JSON.stringify(list ? { Quotas } : { Quota }));
      });
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    process.env.AWS_ENDPOINT_URL_SERVICE_QUOTAS = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    delete process.env.AWS_ENDPOINT_URL_SERVICE_QUOTAS;
    server.close();
  });
  return {
    respondWith: (codes: Readonly<Record<string, number>>, ofBrokers: number) => {
      values = codes;
      brokers = ofBrokers;
    },
    deny: () => {
      values = undefined;
    },
  };
}
