import type { z } from 'zod';
import { dayOf } from '#domain/core/time.ts';
import { TitleEvent } from '#domain/worlds/films/film-events.ts';
import { quoted } from '../quote-for-error-messages.ts';
import type { TitleLine } from './build-line-parsers.ts';
import { BadLine, idOf, nameAndYear } from './parse-fields.ts';

/** Schema of the fields of a title event that come from a line, with the same limits as in the service. */
const TitleFields = TitleEvent.pick({ titleId: true, name: true, genres: true }).extend({
  releasedAt: TitleEvent.shape.releasedAt.nullable(),
});

/**
 * Returns a title that meets the service's schema.
 *
 * @param text name with the year in brackets
 * @param releasedAt UTC epoch milliseconds @default - the year in the name
 * @throws BadLine
 */
export function titleOf(
  id: string | undefined,
  text: string | undefined,
  genres: readonly string[],
  releasedAt: number | null = null,
): TitleLine {
  const found = nameAndYear(text ?? '');
  const title = { titleId: idOf(id, 'title'), name: found.name, genres, releasedAt: releasedAt ?? found.releasedAt };
  const parsed = TitleFields.safeParse(title);
  if (parsed.success) return title;
  throw new BadLine({ ...faultOf(title, parsed.error), fix: 'Correct the line, or remove it' });
}

function faultOf({ titleId, name, genres, releasedAt }: TitleLine, { issues: [issue] }: z.ZodError) {
  const [field, index] = issue?.path ?? [];
  const why = issue?.message ?? 'the service does not accept it';
  if (field === 'releasedAt')
    return { what: `title ${titleId} has the invalid release date ${dayOf(releasedAt ?? 0)}`, why };
  if (field !== 'genres') return { what: `title ${titleId} has the invalid name ${quoted(name)}`, why };
  if (typeof index === 'number')
    return { what: `title ${titleId} has the invalid genre ${quoted(genres[index] ?? '')}`, why };
  return { what: `title ${titleId} has ${genres.length} genres`, why };
}
