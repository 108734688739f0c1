import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { BadRequest } from '#adapters/lambda/errors-to-http.ts';
import { MAX_BATCH, MAX_BODY_BYTES } from '#domain/http.ts';

/** Deeper nesting than any event has; parsing deep JSON costs stack. */
const MAX_DEPTH = 8;
const STATUS = { tooLarge: 413, wrongMedia: 415 } as const;

/** The raw events of a request, one or many, before any of them is judged. @throws BadRequest */
export function rawEvents(request: Pick<APIGatewayProxyEventV2, 'headers' | 'body' | 'isBase64Encoded'>): unknown[] {
  const parsed = parseJson(textOf(request));
  const events = isBatch(parsed) ? parsed.events : [parsed];
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
  if (!/^application\/json\b/i.test(media) || (headers['content-encoding'] ?? 'identity') !== 'identity') {
    const found = `${media || 'no content-type'}, ${headers['content-encoding'] ?? 'not encoded'}`;
    throw new BadRequest(
      `a body of ${found}`,
      'only plain application/json is read',
      'Send JSON, not compressed',
      STATUS.wrongMedia,
    );
  }
  const bytes = isBase64Encoded ? Buffer.from(body, 'base64') : Buffer.from(body, 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    throw new BadRequest(
      `a body of ${bytes.length} bytes`,
      `at most ${MAX_BODY_BYTES} are read`,
      'Send smaller batches',
      STATUS.tooLarge,
    );
  }
  return decodeUtf8(bytes);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BadRequest('a body that is not UTF-8', 'JSON is UTF-8 text', 'Encode the body as UTF-8');
  }
}

function parseJson(text: string): unknown {
  if (depthOf(text) > MAX_DEPTH) {
    throw new BadRequest('a body nested too deeply', `at most ${MAX_DEPTH} levels are read`, 'Send flat events');
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new BadRequest('a body that is not JSON', (error as Error).message, 'Check the body with a JSON parser');
  }
}

/** Greatest nesting of brackets outside strings: counted before parsing, in one pass. */
function depthOf(text: string): number {
  let [depth, greatest, inString] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') greatest = Math.max(greatest, ++depth);
    else if (character === '}' || character === ']') depth--;
  }
  return greatest;
}

const isBatch = (parsed: unknown): parsed is { events: unknown[] } =>
  typeof parsed === 'object' && parsed !== null && 'events' in parsed && Array.isArray(parsed.events);
