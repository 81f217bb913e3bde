import { describe, expect, it } from 'vitest';

import { systemClock } from '../../../functions/adapters/clock-system.ts';
import type { Draft } from '../../../functions/core/draft.ts';
import { defaultProjectId } from '../../../functions/core/keys/project-name.ts';
import { prepare } from '../../../functions/core/prepare.ts';
import { createComposer } from '../../../functions/mime/compose.ts';
import { draftWith, random } from '../../mime/drafts.ts';

async function wishOf(tls: Draft['tls'], value: string | null): Promise<string> {
  const headers = value === null ? [] : [{ name: 'TLS-Required', value }];
  const ports = {
    composer: createComposer(random),
    clock: systemClock,
    random,
    maxAgeMs: 60_000,
    unsubscribeUrl: null,
  };
  const { email, content } = await prepare(draftWith({ tls, headers }), new Map(), defaultProjectId, ports);
  if (value !== null) expect(Buffer.from(content).toString()).toContain(`\r\nTLS-Required: ${value}\r\n`);
  return email.tls;
}

describe('what an email asks of TLS', () => {
  it.each([
    ['opportunistic', null, 'opportunistic'],
    ['opportunistic', 'No', 'relaxed'],
    ['opportunistic', 'Yes', 'opportunistic'],
    ['required', 'No', 'required'],
    ['requiretls', 'No', 'requiretls'],
  ] as const)('with tls %s and TLS-Required %s is %s', async (tls, value, expected) => {
    expect(await wishOf(tls, value)).toBe(expected);
  });
});
