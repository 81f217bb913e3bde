import { describe, expect, it } from 'vitest';
import * as z from 'zod';

import { lazily } from '../../functions/http/lazily.ts';
import { startApi } from './api.ts';

/** Names of the schemas that have been made so far. */
const made = (): readonly string[] => Object.keys(z.toJSONSchema(z.globalRegistry).schemas);

describe('a lazy value', () => {
  it('is made at the first call, once', () => {
    let calls = 0;
    const value = lazily(() => ({ calls: (calls += 1) }));
    expect(calls).toBe(0);
    expect(value()).toBe(value());
    expect(calls).toBe(1);
  });
});

describe('the schemas of the API', () => {
  it('are made for the routes that are asked, none at the start', async () => {
    const api = await startApi();
    expect(made()).toStrictEqual([]);
    await api.request('POST', '/v1/emails', { from: 'a@example.com', to: 'b@example.net', subject: 'x', text: 'x' });
    expect(made()).toContain('SendEmail');
    expect(made()).not.toContain('NewDomain');
    expect(made()).not.toContain('Problem');
    await api.document();
    expect(made()).toEqual(expect.arrayContaining(['NewDomain', 'Problem']));
    await api.dispose();
  });
});
