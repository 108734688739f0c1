/**
 * Defines TextEncoder, TextDecoder, atob, btoa and the common part of Buffer in the learner's realm, because Node's own
 * would give access to objects outside the realm. This function is evaluated in that realm, like turns().
 */
export function textEncoding(): void {
  const define = (name: string, value: unknown): void => {
    Reflect.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  };

  const utf8 = (text: string): number[] => {
    const bytes: number[] = [];
    for (const character of text.toWellFormed()) {
      const code = character.codePointAt(0) as number;
      if (code < 0x80) bytes.push(code);
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
    return bytes;
  };
  /** Replaces each invalid sequence with U+FFFD, as Encoding (encoding.spec.whatwg.org/#utf-8-decoder) specifies. */
  const utf8Text = (bytes: Uint8Array): string => {
    let text = '';
    for (let i = 0; i < bytes.length; ) {
      const first = bytes[i++] as number;
      if (first < 0x80) {
        text += String.fromCharCode(first);
        continue;
      }
      const more =
        first >= 0xc2 && first <= 0xdf
          ? 1
          : first >= 0xe0 && first <= 0xef
            ? 2
            : first >= 0xf0 && first <= 0xf4
              ? 3
              : 0;
      // The second byte excludes overlong forms, surrogates and codes above U+10FFFF.
      let lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
      let highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
      let code = first & (0x3f >> more);
      let missing = more;
      for (
        let next = bytes[i];
        missing > 0 && next !== undefined && next >= lowest && next <= highest;
        next = bytes[++i]
      ) {
        code = (code << 6) | (next & 63);
        missing--;
        [lowest, highest] = [0x80, 0xbf];
      }
      text += more === 0 || missing > 0 ? '\ufffd' : String.fromCodePoint(code);
    }
    return text;
  };
  const asBytes = (view: ArrayBuffer | ArrayBufferView): Uint8Array =>
    ArrayBuffer.isView(view) ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array(view);

  define(
    'TextEncoder',
    class TextEncoder {
      readonly encoding = 'utf-8';
      encode(text = ''): Uint8Array {
        return new Uint8Array(utf8(`${text}`));
      }
    },
  );
  define(
    'TextDecoder',
    class TextDecoder {
      readonly encoding = 'utf-8';
      constructor(encoding = 'utf-8') {
        if (!/^utf-?8$/i.test(encoding))
          throw new RangeError(`TextDecoder decodes only utf-8 during a check, not ${encoding}`);
      }
      decode(bytes: ArrayBuffer | ArrayBufferView = new ArrayBuffer(0)): string {
        return utf8Text(asBytes(bytes)).replace(/^\ufeff/, '');
      }
    },
  );

  const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const toBase64 = (bytes: Uint8Array): string => {
    let text = '';
    for (let i = 0; i < bytes.length; i += 3) {
      const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
      const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
      text += `${BASE64[bits >> 18]}${BASE64[(bits >> 12) & 63]}`;
      text += `${b === undefined ? '=' : BASE64[(bits >> 6) & 63]}${c === undefined ? '=' : BASE64[bits & 63]}`;
    }
    return text;
  };
  const fromBase64 = (text: string): number[] => {
    const bytes: number[] = [];
    let bits = 0;
    let held = 0;
    for (const character of text.replaceAll('-', '+').replaceAll('_', '/')) {
      const six = BASE64.indexOf(character);
      if (six < 0) continue;
      bits = (bits << 6) | six;
      held += 6;
      if (held >= 8) {
        held -= 8;
        bytes.push((bits >> held) & 255);
      }
    }
    return bytes;
  };
  const latin1 = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0) & 255);
  const hex = (text: string): number[] => (text.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => Number.parseInt(pair, 16));
  define('btoa', (text: string) => toBase64(new Uint8Array(latin1(`${text}`))));
  define('atob', (text: string) => String.fromCharCode(...fromBase64(`${text}`)));

  const encoders: Record<string, (text: string) => number[]> = {
    ...{ utf8, 'utf-8': utf8, hex, base64: fromBase64, base64url: fromBase64, latin1, binary: latin1, ascii: latin1 },
  };
  const encoderOf = (encoding: string): ((text: string) => number[]) => {
    const encoder = encoders[encoding.toLowerCase()];
    if (!encoder) throw new TypeError(`Buffer has no encoding ${encoding} during a check; use a TextEncoder`);
    return encoder;
  };
  const latin1Text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
  const decoders: Record<string, (bytes: Uint8Array) => string> = {
    ...{ utf8: utf8Text, 'utf-8': utf8Text, base64: toBase64, latin1: latin1Text, binary: latin1Text },
    ascii: (bytes) => String.fromCharCode(...bytes.map((byte) => byte & 127)),
    hex: (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    base64url: (bytes) => toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
  };
  class Buffer extends Uint8Array {
    static override from(source: never, encoding: unknown = 'utf8'): never {
      const bytes = typeof source === 'string' ? encoderOf(String(encoding))(source) : source;
      return new Buffer(bytes) as never;
    }
    static alloc(size: number): Buffer {
      return new Buffer(size);
    }
    static isBuffer(value: unknown): boolean {
      return value instanceof Buffer;
    }
    static byteLength(source: string | ArrayBuffer | ArrayBufferView, encoding = 'utf8'): number {
      return typeof source === 'string' ? encoderOf(encoding)(source).length : source.byteLength;
    }
    static concat(parts: readonly Uint8Array[]): Buffer {
      return new Buffer(parts.flatMap((part) => [...part]));
    }
    override toString(encoding = 'utf8'): string {
      const decoder = decoders[encoding.toLowerCase()];
      if (!decoder) throw new TypeError(`Buffer has no encoding ${encoding} during a check; use a TextDecoder`);
      return decoder(this);
    }
    equals(other: Uint8Array): boolean {
      return this.length === other.length && this.every((byte, i) => byte === other[i]);
    }
  }
  define('Buffer', Buffer);
}
