import type { z } from 'zod';

/** Returns the invalid fields in one line, each with its path, such as `late.share: Too big`. */
export const describeInvalidFields = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; ');
