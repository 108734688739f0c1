import { z } from 'zod';
import { BrickError } from '#domain/core/brick-error.ts';
import { describeInvalidFields } from '#domain/universe/describe-invalid-fields.ts';
import { problem } from '../../aws/api-gateway.ts';
import { type Route, send } from '../../http/http-server.ts';
import { readJsonBody, rejectedAsForeign } from '../../http/reject-web-pages-and-read-json.ts';
import type { SnapshotFolders } from './list-read-and-remove-snapshots.ts';
import { saveSnapshot } from './save-snapshot.ts';

export const SNAPSHOTS_PATH = '/v1/snapshots';
const STATUS = { ok: 200, bad: 400, conflict: 409 } as const;

/** Body of `POST /v1/snapshots`. The response is a `Snapshot`. */
export const SaveSnapshot = z.strictObject({ name: z.string().optional(), before: z.string().max(200).optional() });

/** Returns the route that saves a snapshot of the world that this process runs. Only programs on this machine may call it. */
export function snapshotRoutes(folders: SnapshotFolders): readonly Route[] {
  return [
    {
      path: SNAPSHOTS_PATH,
      method: 'POST',
      respond: async (request, response) => {
        const reply = ({ status, body }: { status: number; body: string }) =>
          send(response, status, 'application/json', body);
        const foreign = rejectedAsForeign(request);
        if (foreign) return reply(foreign);
        const read = await readJsonBody(request);
        reply('rejected' in read ? read.rejected : await save(folders, read.json));
      },
    },
  ];
}

async function save(folders: SnapshotFolders, json: unknown): Promise<{ status: number; body: string }> {
  const parsed = SaveSnapshot.safeParse(json);
  if (!parsed.success) {
    const why = describeInvalidFields(parsed.error);
    return problem(STATUS.bad, 'BRICK_BAD_REQUEST', { what: 'the request is not valid', why, fix: 'Correct the body' });
  }
  try {
    return { status: STATUS.ok, body: JSON.stringify(await saveSnapshot(folders, parsed.data)) };
  } catch (error) {
    if (error instanceof BrickError) return problem(STATUS.conflict, error.code, error.explanation);
    throw error;
  }
}
