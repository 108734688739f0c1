import { inspect } from 'node:util';
import { SlateItem } from '#domain/events/exposure-schemas.ts';
import { Unusual } from '../../../../academy/confinement/function/values/decode.ts';
import type { Mismatch } from '../../../../academy/judging/function-check-types.ts';
import type { Scene } from './generate-explore-requests.ts';

export type Slates = readonly (readonly SlateItem[])[];

const WHY_FORM =
  'The service writes each item to the log of exposures. An item of another form is rejected there, and the slate is lost.';

/** Reads the results of a scene. Returns a mismatch for the first slate that the log would not accept. */
export function readSlates(value: unknown, scene: Scene): Slates | Mismatch {
  const all = value as readonly unknown[];
  const slates: (readonly SlateItem[])[] = [];
  for (const [index, returned] of all.entries()) {
    const read = readSlate(returned, scene, scene.requestIds[index]);
    if ('expected' in read) return { why: WHY_FORM, ...read };
    slates.push(read);
  }
  return slates;
}

export const isMismatch = (read: Slates | Mismatch): read is Mismatch => 'expected' in read;

function readSlate(returned: unknown, scene: Scene, requestId?: string): readonly SlateItem[] | Mismatch {
  const { slate } = scene;
  if (!Array.isArray(returned)) return { expected: 'an array with one item per position', got: describe(returned) };
  if (returned.length !== slate.length) {
    return { expected: `${slate.length} items, one per position`, got: `${returned.length} items` };
  }
  const items: SlateItem[] = [];
  for (const [index, each] of returned.entries()) {
    const parsed = SlateItem.safeParse(each);
    if (!parsed.success) {
      const got = invalidItem(each, `at position ${index + 1} of request ${requestId}`, parsed.error.issues[0]);
      return {
        expected: EXPECTED[got.field] ?? 'items with titleId, score, source, position and propensity',
        got: got.text,
      };
    }
    const wrong = wrongItem(parsed.data, index, scene);
    if (wrong) return wrong;
    items.push(parsed.data);
  }
  return items;
}

const EXPECTED: Readonly<Record<string, string>> = {
  propensity: 'a probability greater than 0 and at most 1, because the title was shown',
};

/** Describes the first invalid field of an item. */
function invalidItem(item: unknown, place: string, issue?: { readonly path: PropertyKey[]; readonly message: string }) {
  const field = issue?.path.join('.') ?? '';
  const { titleId, [field]: value }: Partial<Record<string, unknown>> = Object(item);
  const what = field ? `${field} ${isPlain(value) ? inspect(value) : describe(value)}` : describe(item);
  const title = typeof titleId === 'string' && field !== 'titleId' ? ` for ${titleId}` : '';
  return { field, text: `${what}${title} ${place}: ${issue?.message}` };
}

const isPlain = (value: unknown): value is number | string => ['number', 'string'].includes(typeof value);

/** Compares an item with the two titles that its position allows: its own, and one of the pool. */
function wrongItem(item: SlateItem, index: number, { slate, pool }: Scene): Mismatch | undefined {
  const own = slate[index];
  const { titleId, position, score, source } = item;
  if (position !== index + 1) return { expected: `position ${index + 1}`, got: `position ${position}` };
  const isOwn = titleId === own?.titleId;
  if (!isOwn && !pool.includes(titleId)) {
    return { expected: `${own?.titleId} or a title of the pool at position ${position}`, got: titleId };
  }
  const [wantedScore, wantedSource] = isOwn ? [own.score, own.source] : [0, 'exploration'];
  if (score === wantedScore && source === wantedSource) return undefined;
  return {
    expected: `score ${wantedScore} and source '${wantedSource}' for ${titleId}`,
    got: `score ${score} and source '${source}'`,
  };
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  if (value instanceof Unusual) return value.description;
  return typeof value === 'object' ? 'an object that is not an array' : `a ${typeof value}`;
}
