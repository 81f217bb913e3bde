import { describe, expect, it } from 'vitest';

import { problemOfDraft } from '../../functions/mime/draft-problem.ts';
import { composed, draftWith, named } from './drafts.ts';

describe('what cannot be composed', () => {
  it.each([
    ['References', `<${'x'.repeat(2000)}@example.com>`],
    ['List-Unsubscribe', `<https://example.com/${'x'.repeat(2000)}>`],
    ['In-Reply-To', '<grüße@example.com>'],
    ['List-Help', 'a\r\nBcc: x@example.com'],
  ])('is a structured %s that can neither be encoded nor broken', (name, value) => {
    const problem = problemOfDraft(
      draftWith({
        headers: [
          { name: 'X-Fine', value: 'x' },
          { name, value },
        ],
      }),
    );
    expect(problem).toMatchObject({ pointer: `/headers/${name}` });
    expect(problem?.why).toContain(name);
  });

  it('is an unsubscribe link that would end its line', () => {
    for (const url of [`https://example.com/${'x'.repeat(2000)}`, 'https://example.com/\r\nBcc: x@example.com']) {
      const problem = problemOfDraft(draftWith({ listUnsubscribe: { url, mailto: null, oneClick: false } }));
      expect(problem?.pointer).toBe('/list_unsubscribe');
    }
  });

  it('is a header name that is none', () => {
    const problem = problemOfDraft(draftWith({ headers: [{ name: 'X/Y: z', value: '' }] }));
    expect(problem?.pointer).toBe('/headers/X~1Y: z');
  });

  it('is a header name that fills a line', () => {
    expect(problemOfDraft(draftWith({ headers: [{ name: 'X'.repeat(998), value: '' }] }))?.why).toContain('998');
  });

  it('is a header section above the limit, blamed on its largest part', () => {
    expect(problemOfDraft(draftWith({ subject: 'x'.repeat(70_000) }))?.pointer).toBe('/subject');
    const headers = [
      { name: 'X-Small', value: 'x' },
      { name: 'X-Large', value: 'word '.repeat(14_000) },
    ];
    expect(problemOfDraft(draftWith({ headers }))?.pointer).toBe('/headers/X-Large');
  });
});

describe('what can be composed', () => {
  it.each([
    ['a subject of one long word', { subject: 'x'.repeat(2000) }],
    ['a name of one long word', { to: [named('bob@example.net', 'x'.repeat(2000))] }],
    ['free text of one long word', { headers: [{ name: 'X-Blob', value: 'x'.repeat(2000) }] }],
    ['many short references', { headers: [{ name: 'References', value: '<a@example.com> '.repeat(200).trim() }] }],
    ['fifty recipients with names', { to: Array.from({ length: 50 }, () => named('bob@example.net', 'Böb Bobsón')) }],
  ])('is %s, in lines of at most 998 octets', async (_, changes) => {
    expect(problemOfDraft(draftWith(changes))).toBeNull();
    const { wire } = await composed(changes);
    expect(Math.max(...wire.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });
});
