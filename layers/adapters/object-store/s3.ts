import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { ObjectStore, StoredObject } from '#ports/object-store.ts';
import { checkKey } from './check-key.ts';
import { type Fetch, localCopies } from './download-local-copies.ts';

/** Returns an object store in an S3 bucket. @param endpoint address of an emulator @default - AWS */
export function s3ObjectStore({
  bucket,
  endpoint,
}: {
  readonly bucket: string;
  readonly endpoint?: string;
}): ObjectStore {
  const client = new S3Client(endpoint ? { endpoint, forcePathStyle: true } : {});
  const copies = localCopies(fetcher(client, bucket));
  return {
    put: async (key, bytes) =>
      void (await client.send(new PutObjectCommand({ Bucket: bucket, Key: checkKey(key), Body: bytes }))),
    get: async (key) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: checkKey(key) }));
        return Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    list: async (prefix) => {
      const found: StoredObject[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        for (const { Key = '', Size = 0 } of Contents) found.push({ key: Key, size: Size });
      }
      return found;
    },
    delete: async (key) => void (await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: checkKey(key) }))),
    open: copies.open,
    [Symbol.asyncDispose]: async () => {
      await copies[Symbol.asyncDispose]();
      client.destroy();
    },
  };
}

const NOT_MODIFIED = 304;

const fetcher =
  (client: S3Client, bucket: string): Fetch =>
  async (key, tag) => {
    try {
      const request = { Bucket: bucket, Key: checkKey(key), IfNoneMatch: tag };
      const { Body, ETag = '' } = await client.send(new GetObjectCommand(request));
      return { bytes: (await Body?.transformToByteArray()) ?? new Uint8Array(), tag: ETag };
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === NOT_MODIFIED) return 'same';
      throw error;
    }
  };
