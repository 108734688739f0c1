import { SourceMap, type SourceMapPayload } from 'node:module';
import { resolve } from 'node:path';
import { OWN } from './enforce-import-rules.ts';

/** In source maps, the bundler puts this prefix before the absolute path of a file that enforce-import-rules.ts reads. */
const OWN_PREFIX = `${OWN}:`;

export interface SourceLines {
  /** Replaces positions in the script by positions in the source files, and removes the frames of our own code. */
  readonly inSources: (stack: string) => string;
}

/**
 * Creates the translator of stack traces for one script.
 *
 * @param fileName name of the script in stack traces, without characters that have a meaning in regular expressions
 * @param map the script's source map, as JSON
 * @param folder the folder to which the map's sources are relative
 */
export function sourceLines(fileName: string, map: string, folder: string): SourceLines {
  // Most scripts throw nothing, and parsing the map of a large library takes 50 ms.
  let sourceMap: SourceMap | undefined;
  const position = new RegExp(`${fileName}:(\\d+):(\\d+)`, 'g');
  const mapped = (line: number, column: number): string => {
    sourceMap ??= new SourceMap(JSON.parse(map) as SourceMapPayload);
    const entry = sourceMap.findEntry(line - 1, column - 1);
    return 'originalSource' in entry
      ? `${resolve(folder, entry.originalSource.replace(OWN_PREFIX, ''))}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
      : '<anonymous>';
  };
  return {
    inSources: (stack) =>
      stack
        .split('\n')
        .filter((line) => !/^\s+at .*(evalmachine|node:|file:|\[eval|step-code:)/.test(line))
        .join('\n')
        .replace(position, (_, line: string, column: string) => mapped(Number(line), Number(column))),
  };
}
