import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { BadRequest } from '#adapters/lambda/errors-to-http.ts';
import { MAX_BATCH, MAX_BODY_BYTES } from '#domain/events/api-contract.ts';
import { NotStrictJson, parseStrictJson } from './strict-json.ts';

/** Deeper nesting than any event has. */
const MAX_DEPTH = 8;
const STATUS = { tooLarge: 413, wrongMedia: 415 } as const;

/** The raw events of a request, one or many, before any of them is judged. @throws BadRequest */
export function rawEvents(request: Pick<APIGatewayProxyEventV2, 'headers' | 'body' | 'isBase64Encoded'>): unknown[] {
  const parsed = parseJson(textOf(request));
  const events = isBatch(parsed) ? parsed.events : [parsed];
  if (isBatch(parsed) && Object.keys(parsed).length > 1) {
    throw new BadRequest('a batch with other fields', 'it has one field, events', 'Leave the other fields out');
  }
  if (events.length === 0 || events.length > MAX_BATCH) {
    throw new BadRequest(
      `a batch of ${events.length} events`,
      `a batch holds 1 to ${MAX_BATCH}`,
      'Split it and send each part',
    );
  }
  return events;
}

function textOf({ headers, body = '', isBase64Encoded }: Parameters<typeof rawEvents>[0]): string {
  const media = headers['content-type'] ?? '';
  const coding = headers['content-encoding'] ?? 'identity';
  if (!isJson(media) || coding.toLowerCase() !== 'identity') {
    throw new BadRequest(
      `a body of ${media || 'no content-type'}, ${coding === 'identity' ? 'not encoded' : `encoded as ${coding}`}`,
      'only application/json in UTF-8 is read, and nothing is decompressed',
      'Send JSON, not compressed',
      STATUS.wrongMedia,
    );
  }
  const bytes = isBase64Encoded ? Buffer.from(body, 'base64') : undefined;
  const size = bytes?.length ?? Buffer.byteLength(body);
  if (size > MAX_BODY_BYTES) {
    throw new BadRequest(
      `a body of ${size} bytes`,
      `at most ${MAX_BODY_BYTES} are read`,
      'Send smaller batches',
      STATUS.tooLarge,
    );
  }
  return bytes ? decodeUtf8(bytes) : body;
}

/** JSON is UTF-8 (RFC 8259), whatever a parameter may call it. */
function isJson(contentType: string): boolean {
  const [media = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return media === 'application/json' && (charset === undefined || /^charset="?utf-8"?$/.test(charset));
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BadRequest('a body that is not UTF-8', 'JSON is UTF-8 text', 'Encode the body as UTF-8');
  }
}

function parseJson(text: string): unknown {
  try {
    return parseStrictJson(text, MAX_DEPTH);
  } catch (error) {
    if (!(error instanceof NotStrictJson)) throw error;
    throw new BadRequest(
      'a body that is not strict JSON',
      error.message,
      'Send I-JSON (RFC 7493): each key once, numbers that a double holds, whole characters, little nesting',
    );
  }
}

const isBatch = (parsed: unknown): parsed is { events: unknown[] } =>
  typeof parsed === 'object' && parsed !== null && 'events' in parsed && Array.isArray(parsed.events);
