import { describe, expect, it } from 'vitest';

import { relaxesTls } from '../../functions/mime/tls-required.ts';

const message = (...fields: readonly string[]): Buffer =>
  Buffer.from(`${fields.join('\r\n')}\r\n\r\nTLS-Required: No\r\n`);

describe('TLS-Required', () => {
  it.each([
    [['From: a@b.example', 'TLS-Required: No'], true],
    [['tls-required:no'], true],
    [['TLS-Required:', ' No'], true],
    [['From: a@b.example'], false],
    [['TLS-Required: Yes'], false],
    [['TLS-Required: No way'], false],
    [['TLS-Required: No', 'TLS-Required: No'], false],
    [['X-TLS-Required: No'], false],
  ])('of %j relaxes: %s', (fields, expected) => {
    expect(relaxesTls(message(...fields))).toBe(expected);
  });
});
