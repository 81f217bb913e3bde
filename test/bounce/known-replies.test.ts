import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { classify } from '../../functions/bounce/classify.ts';
import { failureEvidence } from '../../functions/core/failure-evidence.ts';
import type { Phase } from '../../functions/core/outcome.ts';

const known = readFileSync(path.join(import.meta.dirname, 'known-replies.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [code = '', phase = '', category = '', text = ''] = line.split('\t');
    return { code: Number(code), phase: phase as Phase, category, text };
  });

describe('what servers in use say is understood', () => {
  it('in some hundreds of sentences', () => expect(known.length).toBeGreaterThan(440));

  it.each(known)('$code $text → $category', ({ code, phase, category, text }) => {
    const enhancedCode = /^([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ?? null;
    const reply = { code, enhancedCode, text };
    const verdict = classify({ ...failureEvidence(phase, '', ''), host: 'mx.test', error: null, reply });
    expect(verdict.category, `by ${verdict.rule}`).toBe(category);
  });
});
