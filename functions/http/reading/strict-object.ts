import * as z from 'zod';

import { nearestWord } from '../../core/nearest-word.ts';
import { requestLimits } from '../request-limits.ts';

const longestShown = 64;

/**
 * An object schema that refuses unknown keys, with a suggestion for each. The message of such an issue holds one sentence a
 * key, in the order of its `keys`, parted by line ends; `field-errors.ts` takes them apart.
 */
export function strictObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .slice(0, requestLimits.errorsListed)
            .map((key) => refusalOf(key, known))
            .join('\n')
        : undefined,
  });
}

function refusalOf(key: string, known: readonly string[]): string {
  const near = nearestWord(key, known);
  const shown = JSON.stringify(key.slice(0, longestShown));
  const hint = near === null ? `known are ${known.join(', ')}.` : `did you mean "${near}"?`;
  return `${shown} is not a known field; ${hint}`;
}
