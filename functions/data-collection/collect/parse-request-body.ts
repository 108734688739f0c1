import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { BadRequest } from '#adapters/lambda/errors-to-http.ts';
import { MAX_BATCH, MAX_BODY_BYTES } from '#domain/events/collect-and-recommend-contract.ts';
import { NotStrictJson, parseStrictJson } from './strict-json.ts';

/** Maximum number of nested brackets. No valid event is nested as deeply. */
const MAX_DEPTH = 8;
/** Character that some clients put before the JSON. Parsers may ignore it (RFC 8259, section 8.1); TextDecoder removes it. */
const BYTE_ORDER_MARK = /^\ufeff/;
const STATUS = { tooLarge: 413, wrongMedia: 415 } as const;

/** Returns the events of a request, one or many, before their validation. @throws BadRequest */
export function rawEvents(request: Pick<APIGatewayProxyEventV2, 'headers' | 'body' | 'isBase64Encoded'>): unknown[] {
  const parsed = parseJson(textOf(request));
  const events = isBatch(parsed) ? parsed.events : [parsed];
  if (isBatch(parsed) && Object.keys(parsed).length > 1) {
    throw new BadRequest('the batch has an unknown field', 'its only field is `events`', 'Remove the other fields');
  }
  if (events.length === 0 || events.length > MAX_BATCH) {
    throw new BadRequest(
      `the batch has ${events.length} events`,
      `a batch has 1 to ${MAX_BATCH} events`,
      'Split the batch and send each part',
    );
  }
  return events;
}

function textOf({ headers, body = '', isBase64Encoded }: Parameters<typeof rawEvents>[0]): string {
  requireJson(headers['content-type'] ?? '', headers['content-encoding'] ?? 'identity');
  const bytes = isBase64Encoded ? Buffer.from(body, 'base64') : undefined;
  const size = bytes?.length ?? Buffer.byteLength(body);
  if (size > MAX_BODY_BYTES) {
    throw new BadRequest(
      `the request body is ${size} bytes`,
      `the limit is ${MAX_BODY_BYTES} bytes`,
      'Send smaller batches',
      STATUS.tooLarge,
    );
  }
  return bytes ? decodeUtf8(bytes) : body.replace(BYTE_ORDER_MARK, '');
}

/** @throws BadRequest unless the body is uncompressed JSON in UTF-8 */
function requireJson(media: string, coding: string): void {
  const isEncoded = coding.toLowerCase() !== 'identity';
  if (isJson(media) && !isEncoded) return;
  throw new BadRequest(
    isEncoded ? `the body is encoded as ${coding}` : `the body's content type is ${media || 'missing'}`,
    'the service accepts only application/json in UTF-8 and decompresses nothing',
    'Send uncompressed JSON with `content-type: application/json`',
    STATUS.wrongMedia,
  );
}

/** Returns whether a content type is JSON. JSON is always UTF-8 (RFC 8259), so another charset is rejected. */
function isJson(contentType: string): boolean {
  const [media = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return media === 'application/json' && (charset === undefined || /^charset="?utf-8"?$/.test(charset));
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BadRequest('the body is not UTF-8', 'JSON is UTF-8 text', 'Encode the body as UTF-8');
  }
}

function parseJson(text: string): unknown {
  try {
    return parseStrictJson(text, MAX_DEPTH);
  } catch (error) {
    if (!(error instanceof NotStrictJson)) throw error;
    throw new BadRequest(
      'the body is not strict JSON',
      error.message,
      'Send I-JSON (RFC 7493): unique keys, numbers that a double represents exactly, complete characters',
    );
  }
}

const isBatch = (parsed: unknown): parsed is { events: unknown[] } =>
  typeof parsed === 'object' && parsed !== null && 'events' in parsed && Array.isArray(parsed.events);
