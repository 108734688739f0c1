import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textEncoding } from '../../../../stories/academy/confinement/function/inside/realm/text-base64-and-buffer-globals.ts';
import { withInstalled } from './with-replaced-globals.ts';

const native = { TextEncoder, TextDecoder, Buffer, btoa, atob };
const installed = withInstalled(textEncoding, () => ({ TextEncoder, TextDecoder, Buffer, btoa, atob }));

const anyText = fc.string({ unit: 'binary' });
const anyBytes = fc.uint8Array();

describe('the text encoding of the realm', () => {
  it('encodes each text to UTF-8 as Node does', () => {
    const bytesOf = (text: string) => [...new installed.TextEncoder().encode(text)];
    fc.assert(
      fc.property(anyText, (text) => {
        expect(bytesOf(text)).toEqual([...new native.TextEncoder().encode(text)]);
      }),
    );
    expect(bytesOf('\ud800')).toEqual([0xef, 0xbf, 0xbd]);
    expect([...new installed.TextEncoder().encode()]).toEqual([]);
  });

  it('decodes any bytes as Node does, valid or not, from all kinds of views', () => {
    const decoder = new installed.TextDecoder('UTF8');
    const ofText = anyText.map((text) => new native.TextEncoder().encode(text));
    // Bytes that begin or continue a sequence, so that truncated, overlong and surrogate sequences occur.
    const nearlyValid = fc.uint8Array({ min: 0x70, max: 0xff });
    const edges = fc
      .array(
        fc.constantFrom(0x41, 0x80, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xbb, 0xf0, 0xf4, 0xf5),
      )
      .map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(fc.oneof(ofText, anyBytes, nearlyValid, edges), (bytes) => {
        const text = new native.TextDecoder().decode(bytes);
        expect(decoder.decode(bytes)).toBe(text);
        expect(decoder.decode(Uint8Array.of(65, ...bytes).subarray(1))).toBe(text);
        expect(decoder.decode(bytes.slice().buffer)).toBe(text);
        expect(installed.Buffer.from(bytes).toString()).toBe(native.Buffer.from(bytes).toString());
      }),
      { numRuns: 1_000 },
    );
    expect(decoder.decode()).toBe('');
  });

  it('explains that it decodes only UTF-8', () => {
    expect(() => new installed.TextDecoder('utf-16le')).toThrow(
      'TextDecoder decodes only utf-8 during a check, not utf-16le',
    );
  });

  it('converts bytes to base64 and back as Node does', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = String.fromCharCode(...bytes);
        expect(installed.btoa(text)).toBe(native.btoa(text));
        expect(installed.atob(native.btoa(text))).toBe(text);
      }),
    );
  });
});

const ENCODINGS = ['hex', 'base64', 'base64url', 'latin1', 'binary', 'utf8', 'utf-8'] as const;

describe('the Buffer of the realm', () => {
  it.each([...ENCODINGS, 'ascii'] as const)('shows bytes in %s as Node does', (encoding) => {
    const bytes = encoding.startsWith('utf') ? anyText.map((text) => new native.TextEncoder().encode(text)) : anyBytes;
    fc.assert(
      fc.property(bytes, (each) => {
        expect(installed.Buffer.from(each).toString(encoding)).toBe(native.Buffer.from(each).toString(encoding));
      }),
    );
  });

  it.each(ENCODINGS)('reads %s as Node does', (encoding) => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = native.Buffer.from(bytes).toString(encoding);
        expect([...installed.Buffer.from(text, encoding)]).toEqual([...native.Buffer.from(text, encoding)]);
        expect(installed.Buffer.byteLength(text, encoding)).toBe(native.Buffer.byteLength(text, encoding));
      }),
    );
  });

  it('explains that it does not have an encoding', () => {
    expect(() => installed.Buffer.from('x', 'utf16le')).toThrow('Buffer has no encoding utf16le during a check');
    expect(() => installed.Buffer.from('x').toString('utf16le')).toThrow(
      'Buffer has no encoding utf16le during a check',
    );
  });

  it('can be allocated, recognised, compared and concatenated', () => {
    const [a, b] = [installed.Buffer.from('a'), installed.Buffer.from([98])];
    expect([...installed.Buffer.alloc(2)]).toEqual([0, 0]);
    expect([installed.Buffer.isBuffer(a), installed.Buffer.isBuffer(new Uint8Array(1))]).toEqual([true, false]);
    expect([a.equals(installed.Buffer.from('a')), a.equals(b), a.equals(installed.Buffer.from('ab'))]).toEqual([
      true,
      false,
      false,
    ]);
    expect(installed.Buffer.concat([a, b]).toString()).toBe('ab');
    expect(installed.Buffer.byteLength(new ArrayBuffer(3))).toBe(3);
  });
});
