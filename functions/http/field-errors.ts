import type * as z from 'zod';

import { jsonPointer } from './reading/json-pointer.ts';
import type { FieldError } from './problem.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** The refused fields of a body that its schema did not take; `body` is the value that was checked. */
export function fieldErrors(issues: readonly Issue[], body: unknown, base: Path = []): FieldError[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    switch (issue.code) {
      case 'unrecognized_keys':
        return unknownKeys(issue, path);
      case 'invalid_union':
        return unionErrors(issue, body, path);
      case 'invalid_type':
        return [typeError([issue.expected], body, path)];
      case 'too_big':
        return [fieldError(path, 'too_big', `${inWords(issue.origin)} at most ${issue.maximum}.`)];
      case 'too_small':
        return [fieldError(path, 'too_small', `${inWords(issue.origin)} at least ${issue.minimum}.`)];
      case 'invalid_value':
        return [
          fieldError(
            path,
            'invalid_value',
            `Expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}.`,
          ),
        ];
      case 'invalid_format':
        return [fieldError(path, 'invalid_format', formatRefusal(issue.format))];
      case 'invalid_key':
      case 'invalid_element':
        return fieldErrors(issue.issues, body, path);
      case 'not_multiple_of':
      case 'custom':
        return [fieldError(path, 'invalid_value', issue.message)];
    }
  });
}

function unknownKeys(issue: Extract<Issue, { code: 'unrecognized_keys' }>, path: Path): FieldError[] {
  const details = issue.message.split('\n');
  return details.map((detail, index) => fieldError([...path, issue.keys[index] ?? ''], 'unknown_key', detail));
}

// Of several forms that a field may have, the one whose type was met says what is wrong inside it.
function unionErrors(issue: Extract<Issue, { code: 'invalid_union' }>, body: unknown, path: Path): FieldError[] {
  const met = issue.errors.find(
    (branch) => !branch.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0),
  );
  if (met !== undefined) return fieldErrors(met, body, path);
  const expected = issue.errors.flatMap((branch) =>
    branch.flatMap((inner) => (inner.code === 'invalid_type' ? [inner.expected] : [])),
  );
  return [typeError(expected, body, path)];
}

function typeError(expected: readonly string[], body: unknown, path: Path): FieldError {
  return isPresent(body, path)
    ? fieldError(path, 'invalid_type', `Expected ${expected.map(withArticle).join(' or ')}.`)
    : fieldError(path, 'required', 'This field is required.');
}

function withArticle(type: string): string {
  if (type === 'int') return 'a whole number';
  const word = type === 'record' ? 'object' : type;
  return `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`;
}

function isPresent(body: unknown, path: Path): boolean {
  let place = body;
  for (const step of path) {
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, step)) return false;
    place = (place as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return true;
}

function inWords(origin: string): string {
  if (origin === 'string') return 'The number of characters is';
  return origin === 'array' || origin === 'object' ? 'The number of entries is' : 'The value is';
}

function formatRefusal(format: string): string {
  return format === 'datetime'
    ? 'Expected a time in ISO 8601 with its offset, such as 2030-01-31T09:30:00Z.'
    : 'The value does not have the expected form.';
}

function fieldError(path: Path, code: string, detail: string): FieldError {
  return { pointer: jsonPointer(path), code, detail };
}
