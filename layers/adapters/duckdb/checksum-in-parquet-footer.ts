import { createHash } from 'node:crypto';

/** Key of the checksum in the metadata of a Parquet file. */
const KEY = 'agentbricks.sha256';
/** Length of a SHA-256 in hexadecimal digits. */
const DIGITS = 64;
const PLACEHOLDER = '0'.repeat(DIGITS);
/** Bytes between the key and its value, by Thrift's compact protocol: the type of the field, and the length of the value. */
const FIELD = Buffer.from([0x18, DIGITS]);

/** Option of DuckDB's COPY that reserves the place of the checksum in the footer. */
export const CHECKSUM_PLACE = `KV_METADATA {'${KEY}': '${PLACEHOLDER}'}`;

/**
 * Writes the checksum of a Parquet file into its footer: the SHA-256 of the complete file, in which the checksum itself is
 * replaced by zeros. The bytes change in place, so the file stays valid.
 *
 * @throws Error if the file was written without CHECKSUM_PLACE
 */
export function withChecksum(bytes: Uint8Array): Uint8Array {
  const at = placeOf(bytes);
  if (at === undefined) throw new Error('the Parquet file has no place for its checksum');
  const result = Buffer.from(bytes);
  result.write(createHash('sha256').update(bytes).digest('hex'), at, 'latin1');
  return result;
}

/**
 * Compares a Parquet file with the checksum in its footer.
 *
 * @returns `absent` for a file that an earlier version wrote, or whose footer has lost the key
 */
export function checksumOf(bytes: Uint8Array): 'right' | 'wrong' | 'absent' {
  const at = placeOf(bytes);
  if (at === undefined) return 'absent';
  const blank = Buffer.from(bytes);
  const written = blank.toString('latin1', at, at + DIGITS);
  blank.write(PLACEHOLDER, at, 'latin1');
  return createHash('sha256').update(blank).digest('hex') === written ? 'right' : 'wrong';
}

/** Returns the position of the checksum: after the last occurrence of its key, because the footer ends the file. */
function placeOf(bytes: Uint8Array): number | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const key = Buffer.concat([Buffer.from(KEY, 'latin1'), FIELD]);
  const found = buffer.lastIndexOf(key);
  const at = found + key.length;
  return found === -1 || at + DIGITS > buffer.length ? undefined : at;
}
